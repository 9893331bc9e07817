import { inspect, type InspectOptions } from 'node:util'
import type { Hold } from './hold.js'
import type { Lock } from './lock.js'
import type { SharedSession } from './shared-session.js'
import type { Target } from './target.js'

/** The `Lock` that callers see: a view of a hold that knows which name it was asked for. */
abstract class LockHandle<Name extends string | readonly string[]> implements Lock<Name> {
  readonly name: Name
  readonly key: Lock<Name>['key']
  readonly sessionId: string
  readonly token: bigint
  readonly waitedMs: number
  readonly #hold: Hold

  constructor(hold: Hold, target: Target, waitedMs: number) {
    this.#hold = hold
    this.name = target.name as Name
    this.key = (typeof target.name === 'string' ? target.keys[0] : target.keys) as Lock<Name>['key']
    this.sessionId = hold.sessionId
    this.token = hold.token
    this.waitedMs = Math.floor(waitedMs)
  }

  get signal(): AbortSignal {
    return this.#hold.signal
  }

  protected get hold(): Hold {
    return this.#hold
  }

  abstract release(): Promise<void>

  [Symbol.asyncDispose](): Promise<void> {
    return this.release()
  }

  toJSON(): ReturnType<Lock<Name>['toJSON']> {
    const { name, key, sessionId, token, waitedMs } = this
    return { name, key, sessionId, token: String(token), waitedMs }
  }

  /** For `console.log`: what `Lock` says that there is. */
  [inspect.custom](_depth: number, options: InspectOptions): string {
    const { name, key, sessionId, token, waitedMs, signal } = this
    return `Lock ${inspect({ name, key, sessionId, token, waitedMs, signal }, options)}`
  }
}

/** A lock held until its owner releases it. */
export class OwnedLock<Name extends string | readonly string[]> extends LockHandle<Name> {
  readonly #session: SharedSession
  readonly #pass: () => boolean
  #released: Promise<void> | undefined

  /** @param pass leaves what the lock has to the next one; false when there is none */
  constructor(hold: Hold, session: SharedSession, pass: () => boolean) {
    super(hold, hold.target, hold.waitedMs)
    this.#session = session
    this.#pass = pass
  }

  override release(): Promise<void> {
    this.#released ??= this.#release()
    return this.#released
  }

  async #release(): Promise<void> {
    if (this.hold.isOver) return
    if (this.#pass()) this.#session.replace(this.hold)
    else await this.#session.release(this.hold)
  }
}

/** A lock that goes with its transaction. */
export class TransactionLock<Name extends string | readonly string[]> extends LockHandle<Name> {
  override async release(): Promise<void> {
    if (this.hold.isOver) return
    throw new TypeError(
      'This lock is released by itself when its transaction has ended; released before COMMIT it would protect nothing. ' +
        'To release by hand, use acquireNamedLock',
    )
  }
}
