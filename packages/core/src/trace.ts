import type { TracingChannel } from 'node:diagnostics_channel'
import type { Backend, ServerIdentity } from './backend.js'
import type { Clock } from './clock.js'
import { OrmutexError, type OrmutexErrorCode } from './errors.js'
import type { KeySpace } from './key-space.js'
import type { AroundTraced, LockUse, TraceMessage } from './trace-messages.js'

/** What one source tells of itself with every message. */
export interface TracedSource {
  readonly clock: Clock
  readonly keySpace: KeySpace
  readonly backend: Pick<Backend<never, never>, 'server'>
}

/** What both messages are made of. */
export abstract class Trace implements TraceMessage {
  abstract readonly names: readonly string[]
  abstract keys: readonly string[] | undefined
  abstract sessionId: string | undefined
  abstract token: bigint | undefined
  readonly how: LockUse
  namespace: string | undefined
  server: ServerIdentity | undefined
  error: unknown
  readonly #source: TracedSource
  #around: AroundTraced | undefined

  constructor(source: TracedSource, how: LockUse) {
    this.#source = source
    this.how = how
    this.learn()
  }

  get code(): OrmutexErrorCode | undefined {
    return this.error instanceof OrmutexError ? this.error.code : undefined
  }

  around(wrapper: AroundTraced): void {
    const inner = this.#around
    const guarded: AroundTraced = (work) => runOnce(work, wrapper)
    this.#around = inner === undefined ? guarded : (work) => inner(() => guarded(work))
  }

  /** What the first call on a source does not know when it begins. */
  protected learn(): void {
    this.namespace = this.#source.keySpace.namespace
    this.server = this.#source.backend.server
  }

  /** Runs what is traced, which does not throw, in the contexts of those who listen. */
  protected beginOn<M extends TraceMessage, T>(channel: TracingChannel<unknown, M>, message: M, work: () => T): T {
    const inContexts: AroundTraced = (once) =>
      channel.start.runStores(message, () => (this.#around === undefined ? once() : this.#around(once)))
    const result = runOnce(work, inContexts)
    channel.end.publish(message)
    return result
  }

  protected finishOn<M extends TraceMessage>(channel: TracingChannel<unknown, M>, message: M): void {
    channel.asyncStart.publish(message)
    channel.asyncEnd.publish(message)
  }
}

/** Runs work that does not throw, once, whatever the one around it does: a lock does not depend on those who listen. */
function runOnce<T>(work: () => T, wrapper: AroundTraced): T {
  let done: { readonly result: T } | undefined
  const once = (): T => (done ??= { result: work() }).result
  try {
    wrapper(once)
  } catch (error) {
    // As Node does with what subscribers throw.
    process.nextTick(() => {
      throw error
    })
  }
  return once()
}
