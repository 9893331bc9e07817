import { ask } from './ask.js'
import { type Backend, SessionLostError } from './backend.js'
import { currentFrame, type Frame } from './call-context.js'
import type { Clock } from './clock.js'
import { LockFailedError, OrmutexError } from './errors.js'
import { HeldSession } from './held-session.js'
import { Hold } from './hold.js'
import type { Turn } from './local-queue.js'
import type { CheckedWait } from './options.js'
import { GaveUpError, type Patience } from './patience.js'
import { noSession, notGranted } from './refusals.js'
import type { Target } from './target.js'

/** A transaction whose session holds locks. */
export interface LockedTransaction {
  readonly held: HeldSession
  /** The callback that began it, when ormutex did: what joins it is held as long as that callback runs. */
  readonly frame: Frame | undefined
}

/** A lock that was taken inside a transaction, with the place it keeps among its siblings while its callback runs. */
export interface Joined {
  readonly hold: Hold
  readonly frame: Frame
  leave(): void
}

/**
 * Locks taken inside a transaction that is already there. They are asked for on its own connection, where the server sees
 * deadlocks between transactions (so they skip the queue of this process), and stay until the transaction ends.
 */
export class Joins<Tx, TxOptions extends object> {
  readonly #backend: Backend<Tx, TxOptions>
  readonly #clock: Clock
  readonly #owner: object
  /** By outermost transaction; a promise while the first to join is still on its way. */
  readonly #transactions = new WeakMap<object, LockedTransaction | Promise<LockedTransaction>>()

  constructor(backend: Backend<Tx, TxOptions>, clock: Clock, owner: object) {
    this.#backend = backend
    this.#clock = clock
    this.#owner = owner
  }

  /** Makes a transaction of our own known, so that what joins it is released with it. */
  announce(transaction: Tx, locked: LockedTransaction): void {
    this.#transactions.set(this.#backend.rootOf(transaction), locked)
  }

  /** The session of a transaction, and what it holds. */
  async enter(transaction: Tx): Promise<LockedTransaction> {
    const root = this.#backend.rootOf(transaction)
    let entered = this.#transactions.get(root)
    if (entered === undefined) {
      entered = this.#join(transaction, root)
      this.#transactions.set(root, entered)
    }
    const locked = await entered
    // Ended, or its connection died: what it held is gone, so nothing of it may pass for held.
    if (locked.held.isOver) throw new LockFailedError('The transaction has already ended, or lost its connection')
    return locked
  }

  async #join(transaction: Tx, root: object): Promise<LockedTransaction> {
    try {
      const session = await this.#backend.join(transaction)
      const locked: LockedTransaction = { held: new HeldSession(this.#clock, session, false), frame: undefined }
      session.onEnd(async () => {
        this.#transactions.delete(root)
        await locked.held.end()
      })
      return locked
    } catch (error) {
      this.#transactions.delete(root)
      throw error
    }
  }

  /** Takes the keys that the transaction does not have yet. @throws {OrmutexError} or the signal's reason */
  async take(locked: LockedTransaction, target: Target, wait: CheckedWait, patience: Patience): Promise<Joined> {
    const { held } = locked
    const turns = await this.#takeTurns(locked, target, patience, wait)
    try {
      const missing = target.orderedKeys.filter((key) => held.holdOf(key) === undefined)
      const hold =
        missing.length === 0
          ? held.holdOf(target.orderedKeys[0]!)!
          : await this.#ask(held, target, missing, wait, patience)
      for (const key of target.orderedKeys) locked.frame?.keys.add(key)
      const frame: Frame = {
        owner: this.#owner,
        keys: new Set(target.orderedKeys),
        parent: currentFrame(),
        active: true,
      }
      return { hold, frame, leave: () => leaveAll(turns) }
    } catch (error) {
      leaveAll(turns)
      throw error
    }
  }

  /** Callbacks for one key side by side in one transaction run one after the other; nested ones run inside each other. */
  async #takeTurns(locked: LockedTransaction, target: Target, patience: Patience, wait: CheckedWait): Promise<Turn[]> {
    const turns: Turn[] = []
    for (const key of target.orderedKeys) {
      if (this.#runsInside(locked, key)) continue
      try {
        const turn = locked.held.siblings.tryEnter(key)
        if (turn === null && wait.timeoutMs === 0) throw new GaveUpError('timeout')
        turns.push(turn ?? (await locked.held.siblings.enter(key, patience)))
      } catch (error) {
        leaveAll(turns)
        throw this.#translate(error, target, wait)
      }
    }
    return turns
  }

  #runsInside(locked: LockedTransaction, key: string): boolean {
    for (let frame = currentFrame(); frame !== undefined; frame = frame.parent) {
      if (frame.active && frame.owner === this.#owner && frame !== locked.frame && frame.keys.has(key)) return true
    }
    return false
  }

  async #ask(
    held: HeldSession,
    target: Target,
    keys: readonly string[],
    wait: CheckedWait,
    patience: Patience,
  ): Promise<Hold> {
    const { session } = held
    try {
      return await held.question(patience, async () => {
        const answer = await ask({ session, keys, patience, wait, mayWait: wait.timeoutMs > 0, expendable: false })
        if (!answer.granted) {
          const holder = await session.holderOf(answer.key).catch(() => null)
          throw notGranted(target.title, wait.timeoutMs, holder)
        }
        const hold = new Hold(this.#clock, { target, grant: answer, waitedMs: patience.waitedMs, turns: [] })
        held.add(hold, keys, wait)
        return hold
      })
    } catch (error) {
      throw this.#translate(error, target, wait)
    }
  }

  #translate(error: unknown, target: Target, wait: CheckedWait): unknown {
    if (error instanceof OrmutexError) return error
    if (error instanceof GaveUpError)
      return error.why === 'abort' ? error.reason : notGranted(target.title, wait.timeoutMs, null)
    return noSession(target.title, error instanceof SessionLostError ? error.cause : error)
  }
}

function leaveAll(turns: readonly Turn[]): void {
  for (const turn of turns) turn.leave()
}
