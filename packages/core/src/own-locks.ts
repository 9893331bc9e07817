import { type Acquired, Acquisition, type AcquisitionContext } from './acquisition.js'
import type { Backend, Session } from './backend.js'
import { currentFrame, type Frame, frameHolding } from './call-context.js'
import type { LockCallback, Names } from './call-types.js'
import { type CriticalSection, runTransaction } from './critical-section.js'
import type { OrmutexError } from './errors.js'
import { HandOver, type HandOverQueue, Succession } from './hand-over.js'
import { HeldSession } from './held-session.js'
import { Hold } from './hold.js'
import type { Joins } from './joins.js'
import type { KeySpace } from './key-space.js'
import type { LocalHolds } from './local-holds.js'
import { LocalQueue } from './local-queue.js'
import type { Lock } from './lock.js'
import { type CallContext, LockCall } from './lock-call.js'
import { OwnedLock, TransactionLock } from './lock-handle.js'
import type { Onlooker } from './onlooker.js'
import type { CheckedSettings, CheckedWait } from './options.js'
import type { Patience } from './patience.js'
import { reentry } from './refusals.js'
import type { SharedSession } from './shared-session.js'
import { SharedSessions } from './shared-sessions.js'
import type { SharedTimer } from './shared-timer.js'
import type { Target } from './target.js'
import type { Tenure } from './tenure.js'
import type { Tracing } from './tracing.js'
import { WaiterSlots } from './waiter-slots.js'
import type { WaitingCalls } from './waiting-calls.js'

/** What locks on sessions of our own are made of. */
export interface OwnLocksParts<Tx, TxOptions extends object> {
  /** Whose locks, see `Frame`. */
  readonly owner: object
  readonly backend: Backend<Tx, TxOptions>
  readonly timer: SharedTimer
  readonly settings: Pick<CheckedSettings, 'maxWaiters' | 'handOverMs'>
  readonly keySpace: KeySpace
  readonly localHolds: LocalHolds
  readonly onlooker: Onlooker
  readonly waiting: WaitingCalls
  /** What joins a transaction of our own. */
  readonly joins: Joins<Tx, TxOptions>
  readonly tracing: Tracing
}

/** Locks outside of any transaction that is already there: with one of our own, or with none. */
export class OwnLocks<Tx, TxOptions extends object> {
  readonly #parts: OwnLocksParts<Tx, TxOptions>
  readonly #context: AcquisitionContext<Tx, TxOptions>
  readonly #calls: CallContext

  constructor(parts: OwnLocksParts<Tx, TxOptions>) {
    const { backend, timer, settings, waiting, localHolds, onlooker } = parts
    const { clock } = timer
    const queue: HandOverQueue<Tx, TxOptions> = new LocalQueue()
    this.#parts = parts
    this.#context = {
      clock,
      queue,
      slots: new WaiterSlots(clock, settings.maxWaiters, () => backend.maxSessions),
      handOver: new HandOver(timer, queue, settings.handOverMs),
      shared: new SharedSessions(timer, () => backend.open()),
      open: (purpose) => backend.open(purpose),
      endPatience: (patience) => waiting.end(patience),
    }
    this.#calls = {
      clock,
      howToJoin: backend.joining.how,
      pool: backend,
      localHolder: (key) => localHolds.holderOf(key),
      ownUse: (key, holder) => localHolds.useBy(key, holder),
      peek: (key) => onlooker.peek(key),
    }
  }

  /**
   * Waits for names.
   * @param purpose the options of the transaction that they are for; `undefined` for none
   * @throws {TypeError | RangeError} for names that are none, or the signal's reason; whatever comes later is a rejection
   */
  acquire(name: Names, wait: CheckedWait, purpose: TxOptions | undefined): Promise<Acquired<Tx, TxOptions>> {
    const { keySpace, tracing } = this.#parts
    const target = keySpace.resolve(name, wait.exactName)
    return tracing.isAcquiringWatched
      ? this.#acquireTold(name, target, wait, purpose)
      : this.#acquire(name, target, wait, purpose)
  }

  /** Apart from the other: what a closure needs is kept as soon as a function is called, even if there never is a closure. */
  #acquireTold(
    name: Names,
    target: Target | undefined,
    wait: CheckedWait,
    purpose: TxOptions | undefined,
  ): Promise<Acquired<Tx, TxOptions>> {
    return this.#parts.tracing.acquire(
      { name, how: purpose === undefined ? 'session' : 'transaction', wait, target },
      () => this.#acquire(name, target, wait, purpose),
      ({ tenure, waitedMs }) => {
        const { sessionId, token, isPassedOn } = tenure
        return { sessionId, token, waitedMs, handedOver: isPassedOn }
      },
    )
  }

  #acquire(
    name: Names,
    target: Target | undefined,
    wait: CheckedWait,
    purpose: TxOptions | undefined,
  ): Promise<Acquired<Tx, TxOptions>> {
    const { keySpace, waiting } = this.#parts
    const patience = waiting.begin(wait)
    if (target !== undefined) return this.#acquireTarget(target, wait, patience, purpose)
    return keySpace.learn(name, patience).then(
      (learnt) => this.#acquireTarget(learnt, wait, patience, purpose),
      (error: unknown) => {
        waiting.end(patience)
        throw error
      },
    )
  }

  /** Runs a transaction under what was acquired for it. */
  run<Name extends Names, T>(
    acquired: Acquired<Tx, TxOptions>,
    callback: LockCallback<Tx, Name, T>,
  ): Promise<Awaited<T>> {
    const { owner, timer, joins, tracing } = this.#parts
    const { turns, call } = acquired
    // Only calls without a transaction get a shared one.
    const tenure = acquired.tenure as Tenure<Session<Tx, TxOptions>>
    const { session } = tenure
    const hold = this.#holdOf(acquired)
    const trace = hold.tell(tracing, tenure.isPassedOn)
    const succession = new Succession(this.#context.handOver, tenure, turns)
    const held = new HeldSession(timer, session, succession)
    held.add(hold, call.wait)
    const frame: Frame = {
      owner,
      session: held,
      keys: new Set(hold.target.keys),
      parent: currentFrame(),
      active: true,
    }
    const section: CriticalSection<Tx, TxOptions, T> = {
      session,
      held,
      hold,
      frame,
      callback: (transaction) => callback(transaction, new TransactionLock<Name>(hold, hold.target, hold.waitedMs)),
      options: call.purpose!,
      next: () => succession.nextOptions,
      announce: (transaction) => joins.announce(transaction, { held, frame }),
      renounce: (transaction) => joins.renounce(transaction),
    }
    return trace === undefined ? runTransaction(section) : trace.begin(() => runTransaction(section))
  }

  /** The lock for what was acquired for no transaction. */
  lockOf<Name extends Names>(acquired: Acquired<Tx, TxOptions>): Lock<Name> {
    const { turns, call } = acquired
    // Only transactions get one of their own.
    const tenure = acquired.tenure as Tenure<SharedSession>
    const { session } = tenure
    const hold = this.#holdOf(acquired)
    hold.tell(this.#parts.tracing, tenure.isPassedOn)?.begin(() => {})
    session.add(hold, call.wait)
    const { handOver } = this.#context
    return new OwnedLock<Name>(hold, session, () => handOver.pass(tenure, turns))
  }

  /** Releases every lock without a transaction; to their owners it is a loss. */
  endAllAs(loss: OrmutexError): Promise<void> {
    return this.#context.shared.endAllAs(loss)
  }

  #acquireTarget(
    target: Target,
    wait: CheckedWait,
    patience: Patience,
    purpose: TxOptions | undefined,
  ): Promise<Acquired<Tx, TxOptions>> {
    const { owner, backend, waiting } = this.#parts
    const around = frameHolding(owner, target.orderedKeys)
    if (around !== undefined) {
      waiting.end(patience)
      throw reentry(target.nameOf(around.key), backend.joining.how)
    }
    return new Acquisition(this.#context, new LockCall(this.#calls, target, wait, patience, purpose)).run()
  }

  #holdOf({ tenure, turns, call, waitedMs }: Acquired<Tx, TxOptions>): Hold {
    const { timer, localHolds } = this.#parts
    const { sessionId, token, keys } = tenure
    const use = call.purpose === undefined ? 'session' : 'transaction'
    return new Hold(timer, { use, target: call.target, keys, sessionId, token, waitedMs, turns, localHolds })
  }
}
