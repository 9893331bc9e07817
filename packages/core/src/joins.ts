import { ask, type Granted, type Question, type Refused } from './ask.js'
import { type Backend, SessionLostError } from './backend.js'
import { currentFrame, type Frame, frameHolding } from './call-context.js'
import { LockFailedError, OrmutexError } from './errors.js'
import { HeldSession } from './held-session.js'
import { Hold } from './hold.js'
import { LocalQueue, type Turn } from './local-queue.js'
import type { SharedTimer } from './shared-timer.js'
import { fencingToken } from './tenure.js'
import type { LocalHolds } from './local-holds.js'
import type { CheckedWait } from './options.js'
import { GaveUpError, type Patience } from './patience.js'
import { abandoned, about, noSession, notGranted, reentry } from './refusals.js'
import type { Target } from './target.js'

/** The queue of callbacks in one transaction: nothing is left from one to the next. */
type SiblingQueue = LocalQueue<undefined, never>
type SiblingTurn = Turn<never>

/** A transaction whose session holds locks. */
export interface LockedTransaction {
  readonly held: HeldSession
  /** The callback that began it, when ormutex did: what joins it is held as long as that callback runs. */
  readonly frame: Frame | undefined
}

/** A lock that was taken inside a transaction, and stays until that one ends. */
export interface Kept {
  /** The one before, when the transaction had all of the keys already. */
  readonly hold: Hold
}

/** The same, with the place it keeps among its siblings while its callback runs. */
export interface Joined extends Kept {
  readonly frame: Frame
  leave(): void
}

/**
 * Locks taken inside a transaction that is already there. They are asked for on its own connection, where the server sees
 * deadlocks between transactions (so they skip the queue of this process), and stay until the transaction ends.
 */
export class Joins<Tx, TxOptions extends object> {
  readonly #backend: Backend<Tx, TxOptions>
  readonly #timer: SharedTimer
  readonly #owner: object
  readonly #localHolds: LocalHolds
  readonly #siblings = new WeakMap<Frame, SiblingQueue>()
  /** By outermost transaction; a promise while the first to join is still on its way. */
  readonly #transactions = new WeakMap<object, LockedTransaction | Promise<LockedTransaction>>()

  constructor(backend: Backend<Tx, TxOptions>, timer: SharedTimer, owner: object, localHolds: LocalHolds) {
    this.#backend = backend
    this.#timer = timer
    this.#owner = owner
    this.#localHolds = localHolds
  }

  /** Makes a transaction of our own known, so that what joins it is released with it. */
  announce(transaction: Tx, locked: LockedTransaction): void {
    this.#transactions.set(this.#backend.rootOf(transaction), locked)
  }

  /** The transaction has ended. */
  renounce(transaction: Tx): void {
    this.#transactions.delete(this.#backend.rootOf(transaction))
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
      const locked: LockedTransaction = { held: new HeldSession(this.#timer, session), frame: undefined }
      session.onEnd({
        ending: () => locked.held.prepareToEnd(),
        ended: async () => {
          this.#transactions.delete(root)
          await locked.held.end()
        },
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
    this.#refuseReentry(held, target)
    const turns = await this.#takeTurns(locked, target, patience, wait)
    try {
      const hold = await this.#hold(locked, target, wait, patience)
      const frame: Frame = {
        owner: this.#owner,
        session: held,
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

  /** Takes the keys that the transaction does not have yet, for no callback in particular. @throws as `take` */
  async keep(locked: LockedTransaction, target: Target, wait: CheckedWait, patience: Patience): Promise<Kept> {
    this.#refuseReentry(locked.held, target)
    return { hold: await this.#hold(locked, target, wait, patience) }
  }

  /** A callback that holds the key in another transaction waits for this one. */
  #refuseReentry(held: HeldSession, target: Target): void {
    const around = frameHolding(this.#owner, target.orderedKeys)
    if (around !== undefined && around.frame.session !== held)
      throw reentry(target.nameOf(around.key), this.#backend.joining.how)
  }

  /** Callbacks for one key side by side run one after the other; nested ones run inside each other. */
  async #takeTurns(
    locked: LockedTransaction,
    target: Target,
    patience: Patience,
    wait: CheckedWait,
  ): Promise<SiblingTurn[]> {
    const turns: SiblingTurn[] = []
    for (const key of target.orderedKeys) {
      const siblings = this.#siblingsOf(locked, key)
      try {
        const turn = siblings.tryEnter(key)
        if (turn === null && wait.timeoutMs === 0) throw new GaveUpError('timeout')
        turns.push(turn ?? (await locked.held.whileOpen(patience, () => siblings.enter(key, patience, undefined))))
      } catch (error) {
        leaveAll(turns)
        throw this.#translate(error, target, wait)
      }
    }
    return turns
  }

  /** Who asks for a key inside a callback that joined with it has its siblings there, all others in the transaction itself. */
  #siblingsOf(locked: LockedTransaction, key: string): SiblingQueue {
    const around = frameHolding(this.#owner, [key])?.frame
    if (around === undefined || around === locked.frame) return locked.held.siblings
    let siblings = this.#siblings.get(around)
    if (siblings === undefined) {
      siblings = new LocalQueue()
      this.#siblings.set(around, siblings)
    }
    return siblings
  }

  /** The hold that has the first of the keys, once the transaction has all of them. */
  async #hold(locked: LockedTransaction, target: Target, wait: CheckedWait, patience: Patience): Promise<Hold> {
    const { held } = locked
    const { orderedKeys } = target
    // The transaction may have ended while this call waited for a sibling.
    held.checkOpen()
    const first = held.holdOf(orderedKeys[0]!)
    const hold =
      first !== undefined && orderedKeys.every((key) => held.holdOf(key) !== undefined)
        ? first
        : await this.#ask(held, target, wait, patience)
    for (const key of orderedKeys) locked.frame?.keys.add(key)
    return hold
  }

  async #ask(held: HeldSession, target: Target, wait: CheckedWait, patience: Patience): Promise<Hold> {
    const { session } = held
    try {
      return await held.question(patience, async () => {
        // Only now: a question before this one may have been for the same keys.
        const keys = target.orderedKeys.filter((key) => held.holdOf(key) === undefined)
        if (keys.length === 0) return held.holdOf(target.orderedKeys[0]!)!
        if (wait.orphanTimeoutMs !== undefined) await held.boundOrphan(wait.orphanTimeoutMs)
        const mayWait = wait.timeoutMs > 0
        const answer = await askAbout(target, { session, keys, patience, mayWait, expendable: false })
        if (!answer.granted) {
          const holder = await session.holderOf(answer.key).catch(() => null)
          const ownUse = holder === null ? undefined : this.#localHolds.useBy(answer.key, holder)
          throw notGranted({ title: target.title, timeoutMs: wait.timeoutMs, holder, ownUse })
        }
        const hold = new Hold(this.#timer, {
          use: 'joined',
          target,
          keys,
          sessionId: answer.sessionId,
          token: fencingToken(answer),
          waitedMs: patience.waitedMs,
          turns: [],
          localHolds: this.#localHolds,
        })
        held.add(hold, wait)
        return hold
      })
    } catch (error) {
      throw this.#translate(error, target, wait)
    }
  }

  #translate(error: unknown, target: Target, wait: CheckedWait): unknown {
    if (error instanceof OrmutexError) return error
    if (error instanceof GaveUpError)
      return error.why === 'timeout'
        ? notGranted({ title: target.title, timeoutMs: wait.timeoutMs, holder: null })
        : abandoned(target.title, error)
    return noSession(target.title, error instanceof SessionLostError ? error.cause : error)
  }
}

async function askAbout(target: Target, question: Question): Promise<Granted | Refused> {
  try {
    return await ask(question)
  } catch (error) {
    throw about(target.title, error)
  }
}

function leaveAll(turns: readonly SiblingTurn[]): void {
  for (const turn of turns) turn.leave()
}
