import type { Granted, Refused } from './ask.js'
import { type LockSession, type Session, SessionLostError } from './backend.js'
import type { Clock } from './clock.js'
import type { HandOver, HandOverQueue, Holding } from './hand-over.js'
import { mergeHolder } from './holder.js'
import type { LockCall } from './lock-call.js'
import type { Turn } from './local-queue.js'
import { LOST_SESSIONS_WITHOUT_DEADLINE, OwnSession } from './own-session.js'
import { GaveUpError, type Patience } from './patience.js'
import { noSession } from './refusals.js'
import { NotAskedError, type SharedSession } from './shared-session.js'
import type { SharedSessions } from './shared-sessions.js'
import { Tenure } from './tenure.js'
import type { WaiterSlots } from './waiter-slots.js'

/** Keys that were granted to a call, by the server or by the holder before it. */
export interface Acquired<Tx, TxOptions extends object> {
  readonly call: LockCall<TxOptions>
  /** From the call to the grant, in milliseconds. */
  readonly waitedMs: number
  readonly tenure: Tenure<Holding<Tx, TxOptions>>
  /** The places at the heads of the queues of this process, to be kept as long as the keys. */
  readonly turns: readonly Turn<Holding<Tx, TxOptions>>[]
}

/** What an acquisition needs from its source. */
export interface AcquisitionContext<Tx, TxOptions extends object> {
  readonly clock: Clock
  readonly slots: WaiterSlots
  readonly queue: HandOverQueue<Tx, TxOptions>
  readonly handOver: HandOver<Tx, TxOptions>
  readonly shared: SharedSessions
  open(purpose: TxOptions | undefined): Promise<Session<Tx, TxOptions>>
  /** The call waits no more. */
  endPatience(patience: Patience): void
}

/**
 * One call's way to its locks: the queue in this process; what the one before it has left, or else the session that locks without a
 * transaction share, or else a session of its own. Whatever stops it on the way, no turn stays behind.
 */
export class Acquisition<Tx, TxOptions extends object> {
  readonly #context: AcquisitionContext<Tx, TxOptions>
  readonly #call: LockCall<TxOptions>
  readonly #turns: Turn<Holding<Tx, TxOptions>>[] = []
  #inherited: Tenure<Holding<Tx, TxOptions>> | undefined

  constructor(context: AcquisitionContext<Tx, TxOptions>, call: LockCall<TxOptions>) {
    this.#context = context
    this.#call = call
  }

  /**
   * Rejects with an `OrmutexError` (`LOCK_TIMEOUT`, `LOCK_FAILED`, `LOCK_DEADLOCK`, `LOCK_UNSUPPORTED`) or the signal's reason. No frame
   * of an async function is kept for whoever waits in the queue: there may be ten thousand.
   */
  run(): Promise<Acquired<Tx, TxOptions>> {
    const { keys } = this.#call
    while (this.#turns.length < keys.length) {
      const key = keys[this.#turns.length]!
      const turn = this.#context.queue.tryEnter(key)
      if (turn === null) return this.#waitInLine(key)
      this.#turns.push(turn)
    }
    return this.#atTheHead()
  }

  #waitInLine(key: string): Promise<Acquired<Tx, TxOptions>> {
    const call = this.#call
    if (!call.mayWait) return this.#refuse(new GaveUpError('timeout'), key)
    return this.#context.queue.enter(key, call.patience, call).then(
      (turn) => {
        const { bequest } = turn
        this.#turns.push(turn, ...(bequest?.turns ?? []))
        this.#inherited = bequest?.tenure
        return this.run()
      },
      (error: unknown) => this.#refuse(error, key),
    )
  }

  /** It is this call's turn for every key: what it has not been left it asks the server for. */
  async #atTheHead(): Promise<Acquired<Tx, TxOptions>> {
    const call = this.#call
    const turns = this.#turns
    try {
      const tenure =
        this.#inherited ?? (await (call.purpose === undefined ? this.#withoutTransaction() : this.#ownSession()))
      return { call, waitedMs: call.patience.waitedMs, tenure, turns }
    } catch (error) {
      for (const turn of turns) turn.leave()
      throw error
    } finally {
      this.#context.endPatience(call.patience)
    }
  }

  /** The call did not get to the head of a key's queue. */
  async #refuse(reason: unknown, key: string): Promise<never> {
    const call = this.#call
    for (const turn of this.#turns) turn.leave()
    this.#context.endPatience(call.patience)
    // Only then does the caller await what this makes, so that the stack of an error leads there: two turns where the wait in line was given up.
    await Promise.resolve()
    await Promise.resolve()
    const local = call.localHolder(key)
    // Nobody here has it, and whoever is first in the queue has not come to ask in all that time: that is the pool's doing.
    const poolWasSlow =
      call.mayWait && local === null && !this.#context.queue.wasAskedSince(key, call.patience.startedAt)
    if (reason instanceof GaveUpError && reason.why === 'timeout' && poolWasSlow) throw call.noOpening(reason)
    throw await call.translate(reason, () => local ?? call.peek(key))
  }

  /** On the session that others use, too, if the keys are free there; only a wait takes one of its own. */
  async #withoutTransaction(): Promise<Tenure<SharedSession>> {
    const { clock, queue, shared } = this.#context
    const call = this.#call
    const { keys, orphanTimeoutMs } = call
    let lostSessions = 0
    for (;;) {
      let session = shared.enterOpen(orphanTimeoutMs)
      if (session === undefined && call.mayWait && shared.tryPioneering(orphanTimeoutMs)) return this.#waitAlone()
      session ??= await call.open(
        lostSessions,
        () => shared.enterNew(orphanTimeoutMs),
        (late) => void late.leave(),
      )
      let answer: Granted | Refused
      queue.noteAsked(keys, Infinity)
      try {
        answer = await session.ask(keys, call.patience)
      } catch (error) {
        if (error instanceof NotAskedError) throw call.noOpening(error.cause)
        if (!(error instanceof SessionLostError)) throw await call.translate(error, () => call.localHolder())
        lostSessions += 1
        if (!call.mayWait && lostSessions >= LOST_SESSIONS_WITHOUT_DEADLINE) {
          throw noSession(call.target.title, error.cause)
        }
        continue
      } finally {
        queue.noteAsked(keys, clock.now())
      }
      if (answer.granted) return this.#tenure(session, answer)
      if (!call.mayWait) throw await this.#refusedOn(session, answer.key)
      if (session.isAlone) return this.#waitOn(session.takeOut())
      await session.leave()
      return this.#waitOn()
    }
  }

  async #refusedOn(session: SharedSession, key: string): Promise<unknown> {
    const call = this.#call
    const local = call.localHolder(key)
    if (session.isAlone) {
      const holder = await call.lookAndLeave(session.session, key, async () => session.leave())
      return call.refusal(mergeHolder(holder, local))
    }
    // Who has a key is a question that takes its time, which those who share a session are not to wait for.
    const holder = await call.peek(key)
    await session.leave()
    return call.refusal(mergeHolder(holder, local))
  }

  async #waitAlone(): Promise<Tenure<SharedSession>> {
    try {
      return await this.#waitOn()
    } finally {
      this.#context.shared.endPioneering(this.#call.orphanTimeoutMs)
    }
  }

  /** @param first a session to begin with, when there is one already */
  async #waitOn(first?: LockSession): Promise<Tenure<SharedSession>> {
    const { session, granted } = await this.#own<LockSession>(() => this.#context.open(undefined)).withLocks(first)
    return this.#tenure(this.#context.shared.adopt(session, this.#call.orphanTimeoutMs), granted)
  }

  async #ownSession(): Promise<Tenure<Session<Tx, TxOptions>>> {
    const { session, granted } = await this.#own(() => this.#context.open(this.#call.purpose)).withLocks()
    return this.#tenure(session, granted)
  }

  #own<S extends LockSession>(open: () => Promise<S>): OwnSession<S, TxOptions> {
    const { clock, queue, slots } = this.#context
    return new OwnSession({ clock, slots, queue, open }, this.#call)
  }

  #tenure<S>(session: S, granted: Granted): Tenure<S> {
    return new Tenure(session, this.#call.keys, granted, this.#call.orphanTimeoutMs, this.#context.clock.now())
  }
}
