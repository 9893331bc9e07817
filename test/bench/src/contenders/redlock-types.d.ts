// The package has types, but its `exports` do not lead to them.
declare module 'redlock' {
  import type { Redis } from 'ioredis'

  export interface Settings {
    driftFactor: number
    retryCount: number
    retryDelay: number
    retryJitter: number
    automaticExtensionThreshold: number
  }

  export default class Redlock {
    constructor(clients: readonly Redis[], settings?: Partial<Settings>)
    acquire(resources: readonly string[], durationMs: number): Promise<{ release(): Promise<unknown> }>
    quit(): Promise<void>
  }
}
