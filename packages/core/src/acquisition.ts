import { ask, type Granted, type Refused } from './ask.js'
import { type LockSession, PoolTimeoutError, type Session, SessionLostError } from './backend.js'
import { isInsideHeldLock, runOutsideFrames } from './call-context.js'
import type { Clock, Timer } from './clock.js'
import { type LockTimeoutError, LockUnsupportedError, OrmutexError } from './errors.js'
import { type Holder, mergeHolder } from './holder.js'
import type { LocalQueue, Turn } from './local-queue.js'
import type { CheckedWait } from './options.js'
import { GaveUpError, type Patience } from './patience.js'
import { noOpening, noSession, notGranted, type Wanted } from './refusals.js'
import type { Target } from './target.js'
import { NO_SLOT_NEEDED, type Slot, type WaiterSlots } from './waiter-slots.js'

/** How soon a lost session is replaced, in milliseconds: at once, then slower and slower while a server restarts. */
const RETRY_DELAYS_MS = [0, 50, 100, 200, 400, 800]

/** Sessions that a call with `timeoutMs` 0 may lose before it fails: pooled connections may have died unnoticed. */
const LOST_SESSIONS_WITHOUT_DEADLINE = 3

/**
 * How often a call that finds no waiter slot asks without waiting, in milliseconds: so a lock that is free is had although
 * other locks' waiters take all slots, for ever if need be (a standby leader waits with `Infinity`).
 */
const PROBE_DELAYS_MS = [20, 50, 100, 250, 500]

/** Longest time for finding out who has a lock, in milliseconds: part of the 50 within which a timeout is honoured. */
const PEEK_MS = 20

/** A session that was granted everything that was asked for. */
export interface Acquired<S> {
  readonly session: S
  readonly granted: Granted
  readonly turns: readonly Turn[]
}

/** What an acquisition needs from its source. */
export interface AcquisitionContext<Tx, TxOptions extends object> {
  /** See `Backend`. */
  maxSessions(): number | undefined
  readonly howToJoin: string
  open(): Promise<Session<Tx, TxOptions>>
  readonly clock: Clock
  readonly queue: LocalQueue
  readonly slots: WaiterSlots
  /** What this process itself knows of a key's holder. */
  localHolder(key: string): Holder | null
  /** What the server knows of a key's holder, asked on a connection of its own; one question for all who ask at once. */
  peek(key: string): Promise<Holder | null>
}

/**
 * One call's way to its locks on a session of its own: the queue in this process, a waiter slot, a connection from the
 * pool, the server. Whatever stops it on the way, nothing stays behind: no turn, no slot, no connection, no lock.
 */
export class Acquisition<Tx, TxOptions extends object> {
  readonly #context: AcquisitionContext<Tx, TxOptions>
  readonly #target: Target
  readonly #wait: CheckedWait
  readonly #patience: Patience

  constructor(context: AcquisitionContext<Tx, TxOptions>, target: Target, wait: CheckedWait, patience: Patience) {
    this.#context = context
    this.#target = target
    this.#wait = wait
    this.#patience = patience
  }

  /** @throws {OrmutexError} `LOCK_TIMEOUT`, `LOCK_FAILED`, `LOCK_DEADLOCK`, `LOCK_UNSUPPORTED`; or the signal's reason */
  async run(): Promise<Acquired<Session<Tx, TxOptions>>> {
    const turns = await this.#takeTurns()
    try {
      return { ...(await this.#sessionWithLocks()), turns }
    } catch (error) {
      for (const turn of turns) turn.leave()
      throw error
    }
  }

  async #takeTurns(): Promise<Turn[]> {
    const { queue } = this.#context
    const turns: Turn[] = []
    for (const key of this.#target.orderedKeys) {
      try {
        const turn = queue.tryEnter(key) ?? (this.#mayWait ? await queue.enter(key, this.#patience) : null)
        if (turn === null) throw new GaveUpError('timeout')
        turns.push(turn)
      } catch (error) {
        for (const turn of turns) turn.leave()
        const local = this.#context.localHolder(key)
        // Nobody here has it, and whoever is first in the queue has not come to ask in all that time: that is the pool's doing.
        const poolWasSlow = this.#mayWait && local === null && !queue.isAsked(key)
        if (error instanceof GaveUpError && error.why === 'timeout' && poolWasSlow) {
          throw noOpening(this.#wanted, error)
        }
        throw await this.#translate(error, async () => local ?? (await this.#peek(key)))
      }
    }
    return turns
  }

  readonly #localHolder = async (): Promise<Holder | null> => this.#context.localHolder(this.#target.orderedKeys[0]!)

  get #wanted(): Wanted {
    const { howToJoin } = this.#context
    const maxSessions = this.#context.maxSessions()
    return { title: this.#target.title, waitedMs: this.#patience.waitedMs, maxSessions, howToJoin }
  }

  get #mayWait(): boolean {
    return this.#wait.timeoutMs > 0
  }

  async #sessionWithLocks(): Promise<{ session: Session<Tx, TxOptions>; granted: Granted }> {
    const { slots } = this.#context
    // A holder waits for this call, so holding it back until others have been served could hold everything back.
    let slot: Slot | null = isInsideHeldLock() ? NO_SLOT_NEEDED : this.#mayWait ? slots.tryTake() : null
    let lostSessions = 0
    let probes = 0
    try {
      for (;;) {
        const session = await this.#open(lostSessions)
        let answer: Granted | Refused
        try {
          answer = await this.#ask(session, slot !== null && this.#mayWait)
        } catch (error) {
          // An unsupported server was not even asked for the lock; any other failure leaves the session in doubt.
          if (error instanceof LockUnsupportedError) await this.#leave(session)
          else session.destroy()
          if (!(error instanceof SessionLostError)) throw await this.#translate(error, this.#localHolder)
          lostSessions += 1
          if (!this.#mayWait && lostSessions >= LOST_SESSIONS_WITHOUT_DEADLINE)
            throw noSession(this.#target.title, error.cause)
          continue
        }
        if (answer.granted) return { session, granted: answer }
        if (!this.#mayWait || this.#patience.isSpent) throw await this.#refused(session, answer.key)
        await this.#leave(session)
        if (slot === null)
          slot = await this.#waitForSlot(PROBE_DELAYS_MS[Math.min(probes++, PROBE_DELAYS_MS.length - 1)]!)
      }
    } finally {
      slot?.free()
    }
  }

  async #ask(session: Session<Tx, TxOptions>, mayWait: boolean): Promise<Granted | Refused> {
    const { queue, clock } = this.#context
    const { orphanTimeoutMs } = this.#wait
    const keys = this.#target.orderedKeys
    // Before the lock is asked for: a waiter that was cut off is granted it, too.
    if (orphanTimeoutMs !== undefined) await this.#patience.wait(session.boundOrphan(orphanTimeoutMs), () => {})
    const stopRenewing = renewWhileWaiting(session, clock)
    queue.setAsked(keys, true)
    try {
      return await ask({ session, keys, patience: this.#patience, mayWait, expendable: true })
    } finally {
      queue.setAsked(keys, false)
      stopRenewing()
    }
  }

  async #open(lostSessions: number): Promise<Session<Tx, TxOptions>> {
    let lastError: unknown
    for (let attempt = lostSessions; ; attempt += 1) {
      try {
        if (attempt > 0) await this.#patience.sleep(RETRY_DELAYS_MS[Math.min(attempt - 1, RETRY_DELAYS_MS.length - 1)]!)
        const opening = runOutsideFrames(() => this.#context.open())
        return await this.#patience.wait(opening, (late) => void late.close())
      } catch (error) {
        // Who once had a session waits on for the server to come back; who never had one is told at once.
        const mayComeBack =
          lostSessions > 0 && this.#mayWait && !(error instanceof GaveUpError || error instanceof PoolTimeoutError)
        if (!mayComeBack) throw noOpening(this.#wanted, error, lastError)
        lastError = error
      }
    }
  }

  async #waitForSlot(ms: number): Promise<Slot | null> {
    try {
      return await this.#context.slots.takeWithin(ms, this.#patience)
    } catch (error) {
      throw await this.#translate(error, () => this.#peek(this.#target.orderedKeys[0]!))
    }
  }

  async #refused(session: Session<Tx, TxOptions>, key: string): Promise<LockTimeoutError> {
    const local = this.#context.localHolder(key)
    const holder = await this.#within(PEEK_MS, session.holderOf(key))
    await this.#leave(session)
    return notGranted(this.#target.title, this.#wait.timeoutMs, mergeHolder(holder, local))
  }

  /** Hands a session back, and does not wait for long: a caller's time is up, or needed for something else. */
  async #leave(session: Session<Tx, TxOptions>): Promise<void> {
    await this.#within(
      PEEK_MS,
      session.close().then(() => null),
    )
  }

  /** Asks for the holder on a connection of its own, if one is to be had at once. */
  #peek(key: string): Promise<Holder | null> {
    return this.#within(PEEK_MS, this.#context.peek(key))
  }

  /** The answer, or `null` when it fails or does not come in time: who has a lock is told if that costs nobody anything. */
  #within(ms: number, answer: Promise<Holder | null>): Promise<Holder | null> {
    return new Promise((resolve) => {
      const timer = this.#context.clock.after(ms, () => resolve(null))
      answer.then(resolve, () => resolve(null)).finally(() => timer.stop())
    })
  }

  async #translate(error: unknown, findHolder: () => Promise<Holder | null>): Promise<unknown> {
    if (error instanceof OrmutexError) return error
    if (!(error instanceof GaveUpError)) return noSession(this.#target.title, error)
    return error.why === 'abort'
      ? error.reason
      : notGranted(this.#target.title, this.#wait.timeoutMs, await findHolder())
  }
}

/** A lease runs on while its session waits. */
function renewWhileWaiting(session: LockSession, clock: Clock): () => void {
  const everyMs = session.renewEveryMs
  if (everyMs === null) return () => {}
  let timer: Timer
  const renewSoon = (): void => {
    timer = clock.after(everyMs, () => {
      renewSoon()
      // A session that is gone tells so itself.
      session.renew().catch(() => {})
    })
  }
  renewSoon()
  return () => timer.stop()
}
