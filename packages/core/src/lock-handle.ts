import type { HeldSession } from './held-session.js'
import type { Hold } from './hold.js'
import type { Lock } from './lock.js'
import type { Target } from './target.js'

/** The `Lock` that callers see: a view of a hold that knows which name it was asked for. */
abstract class LockHandle<Name extends string | readonly string[]> implements Lock<Name> {
  readonly name: Name
  readonly key: Lock<Name>['key']
  readonly sessionId: string
  readonly token: bigint
  readonly waitedMs: number
  protected readonly hold: Hold

  constructor(hold: Hold, target: Target, waitedMs: number) {
    this.hold = hold
    this.name = target.name as Name
    this.key = (typeof target.name === 'string' ? target.keys[0] : target.keys) as Lock<Name>['key']
    this.sessionId = hold.grant.sessionId
    this.token = hold.grant.token
    this.waitedMs = waitedMs
  }

  get signal(): AbortSignal {
    return this.hold.signal
  }

  abstract release(): Promise<void>

  [Symbol.asyncDispose](): Promise<void> {
    return this.release()
  }
}

/** A lock held until its owner releases it. */
export class OwnedLock<Name extends string | readonly string[]> extends LockHandle<Name> {
  readonly #held: HeldSession

  constructor(hold: Hold, target: Target, held: HeldSession) {
    super(hold, target, hold.waitedMs)
    this.#held = held
  }

  override release(): Promise<void> {
    return this.#held.end()
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
