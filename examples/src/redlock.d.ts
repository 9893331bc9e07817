// The package has types, but its `exports` do not lead to them.
declare module 'redlock' {
  import type { Redis } from 'ioredis'

  export default class Redlock {
    constructor(
      clients: readonly Redis[],
      settings?: { readonly retryCount?: number; readonly retryDelay?: number },
    )
    using<T>(resources: string[], durationMs: number, routine: (signal: AbortSignal) => Promise<T>): Promise<T>
    quit(): Promise<void>
  }
}
