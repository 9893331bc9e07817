import type { LockSession } from './backend.js'
import type { Clock, Timer } from './clock.js'
import { LockFailedError, LockLostError, type HoldTimeoutError, type OrmutexError } from './errors.js'
import type { Hold } from './hold.js'
import { LocalQueue } from './local-queue.js'
import type { CheckedWait } from './options.js'
import { Patience } from './patience.js'

/**
 * Longest wait for the answer to a release, in milliseconds, before the session is destroyed instead: a release is one
 * round trip, so after five seconds the server or the way to it has a problem that waiting does not mend.
 */
const RELEASE_PATIENCE_MS = 5_000

/** A session that may be orphaned is renewed three times in its time, so that one lost answer does not cost the lock. */
const ORPHAN_RENEWAL_SHARE = 1 / 3

/** Shortest time in milliseconds that a ping's answer is given. */
const PING_PATIENCE_MS = 1_000

/** A session and everything it holds, which is released together or lost together. */
export class HeldSession {
  readonly session: LockSession
  /** For callbacks of one transaction that ask for the same key side by side. */
  readonly siblings = new LocalQueue()
  readonly #clock: Clock
  readonly #holds = new Map<string, Hold>()
  readonly #questions = new LocalQueue()
  readonly #asking = new Set<Patience>()
  #stopListening: () => void = () => {}
  readonly #ours: boolean
  #renewal: Timer | undefined
  #renewalMs = Infinity
  #orphanMs = Infinity
  #failure: OrmutexError | null = null
  #ending = false
  #over = false
  #ended = Promise.resolve()

  /** @param ours true when nobody but us sends anything on the session, so that an unanswered ping means that it is gone */
  constructor(clock: Clock, session: LockSession, ours: boolean) {
    this.#clock = clock
    this.session = session
    this.#ours = ours
    const stopListening = session.onLost((cause) => this.#lost(cause))
    if (this.#over) stopListening()
    else this.#stopListening = stopListening
    this.#renewEvery(session.renewEveryMs ?? 0)
  }

  /** The hold that has a key, if this session has it. */
  holdOf(key: string): Hold | undefined {
    return this.#holds.get(key)
  }

  /** True once everything is released or lost: a session is never used for locks again. */
  get isOver(): boolean {
    return this.#over
  }

  /** Puts a granted hold under the session's care. */
  add(hold: Hold, wait: CheckedWait): void {
    for (const key of hold.keys) this.#holds.set(key, hold)
    // The session may have gone between the grant and now.
    if (this.#failure !== null) return hold.lose(this.#failure)
    // Ending: what was granted in the last moment is released with the rest.
    if (this.#over) return
    hold.limit(wait.holdTimeoutMs, (error) => this.#expire(hold, error))
    this.#renewEvery(wait.keepAliveMs)
    if (wait.orphanTimeoutMs !== undefined) this.#renewOrphan(wait.orphanTimeoutMs)
  }

  /** Bounds how long the server keeps the locks of a session that was cut off, and renews it in time from now on. */
  async boundOrphan(ms: number): Promise<void> {
    this.#renewOrphan(ms)
    await this.session.boundOrphan(ms)
  }

  /** Refuses what comes when the session is about to end, or has ended: nothing that it holds is there for long. */
  checkOpen(): void {
    if (this.#over || this.#ending) throw transactionEnded()
  }

  /** Waits for something on behalf of a call, which is given up when the session is about to end. */
  async whileOpen<T>(patience: Patience, wait: () => Promise<T>): Promise<T> {
    this.checkOpen()
    this.#asking.add(patience)
    try {
      return await wait()
    } finally {
      this.#asking.delete(patience)
    }
  }

  /** Asks the session something: one question after the other, each with its own deadline, and none once it ends. */
  question<T>(patience: Patience, ask: () => Promise<T>): Promise<T> {
    return this.whileOpen(patience, async () => {
      const turn = await this.#questions.enter('', patience)
      try {
        return await ask()
      } finally {
        turn.leave()
      }
    })
  }

  /**
   * COMMIT or ROLLBACK is about to be sent: the holds may last as long as it takes, and questions that nobody awaits are given
   * up, since what ends the transaction would queue behind them. `undefined` when nothing is to be waited for.
   */
  prepareToEnd(): Promise<void> | undefined {
    this.#ending = true
    for (const hold of this.#distinctHolds()) hold.stopLimit()
    if (this.#asking.size === 0) return undefined
    for (const patience of this.#asking) patience.cancel(transactionEnded())
    return this.#questions.enter('', new Patience(this.#clock, RELEASE_PATIENCE_MS, undefined)).then(
      (turn) => turn.leave(),
      (cause: unknown) => {
        throw new LockFailedError('A lock that was asked for in the transaction could not be given up in time', {
          cause,
        })
      },
    )
  }

  /** Releases everything and hands the session back; when that fails the session is destroyed, which releases it, too. */
  end(): Promise<void> {
    if (!this.#over) this.#ended = this.#end()
    return this.#ended
  }

  /** Releases everything, too, but to the holders it is a loss: they did not ask for it. */
  async endAs(error: OrmutexError): Promise<void> {
    if (this.#over) return this.#ended
    for (const hold of this.#distinctHolds()) hold.lose(error)
    await this.end()
  }

  /** Destroys the session: its state is in doubt, and the server takes everything back when it is gone. */
  drop(): void {
    if (this.#over) return
    this.#stop()
    this.session.destroy()
    this.#finishHolds()
  }

  #lost(cause: unknown): void {
    if (this.#over) return
    const error = new LockLostError(`${this.#title()} lost: the session that held it is gone`, { cause })
    this.#failure = error
    this.#stop()
    this.session.destroy()
    for (const hold of this.#distinctHolds()) hold.lose(error)
  }

  #expire(hold: Hold, error: HoldTimeoutError): void {
    if (this.#over) return
    const others = new LockLostError('Another lock of the same session was held for too long', { cause: error })
    this.#failure = others
    this.#stop()
    this.session.destroy({ evenIfBusy: true })
    hold.lose(error)
    for (const other of this.#distinctHolds()) other.lose(others)
  }

  async #end(): Promise<void> {
    this.#stop()
    try {
      await this.#within(RELEASE_PATIENCE_MS, this.#releaseAndClose())
    } catch {
      this.#failure = new LockLostError('The session could not be released and was destroyed')
      this.session.destroy()
    }
    this.#finishHolds()
  }

  async #releaseAndClose(): Promise<void> {
    // A callback may have asked for a lock without waiting for the answer.
    await this.prepareToEnd()
    // Last taken, first released, in one round trip.
    const keys = [...this.#holds.keys()].toReversed()
    if (keys.length > 0) await this.session.release(keys)
    await this.session.close()
  }

  #within(ms: number, promise: Promise<void>): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = this.#clock.after(ms, () => reject(new Error(`No answer within ${ms} ms`)))
      promise.then(resolve, reject).finally(() => timer.stop())
    })
  }

  #renewEvery(ms: number): void {
    if (this.#over || ms === 0 || ms >= this.#renewalMs) return
    this.#renewalMs = ms
    this.#renewal?.stop()
    this.#armRenewal()
  }

  #armRenewal(): void {
    this.#renewal = this.#clock.after(this.#renewalMs, () => this.#renew(), { keepsProcessAlive: false })
  }

  #renewOrphan(ms: number): void {
    this.#orphanMs = Math.min(this.#orphanMs, ms)
    this.#renewEvery(ms * ORPHAN_RENEWAL_SHARE)
  }

  #renew(): void {
    let answered = false
    this.session.renew().then(
      () => {
        answered = true
        if (this.#over) return
        this.#renewal?.stop()
        this.#armRenewal()
      },
      (cause: unknown) => this.#lost(cause),
    )
    if (!this.#ours) return
    // Until the server would give the session up, or long enough for any server that is alive.
    const patienceMs = Math.min(Math.max(this.#renewalMs, PING_PATIENCE_MS), this.#orphanMs - this.#renewalMs)
    const giveUp = (): void => {
      if (!answered) this.#lost(new Error(`The server did not answer a ping within ${Math.round(patienceMs)} ms`))
    }
    // After a busy spell of this process the answer may be there but not read yet: once more through the event loop.
    this.#renewal = this.#clock.after(patienceMs, () => setImmediate(() => setImmediate(giveUp)), {
      keepsProcessAlive: false,
    })
  }

  #title(): string {
    const titles = [...this.#distinctHolds()].map(({ target }) => target.title)
    return titles.length === 1 ? `${titles[0]} is` : `${titles.join(', ')} are`
  }

  #stop(): void {
    this.#over = true
    this.#renewal?.stop()
    this.#stopListening()
  }

  #finishHolds(): void {
    for (const hold of this.#distinctHolds()) hold.finish()
  }

  #distinctHolds(): Set<Hold> {
    return new Set(this.#holds.values())
  }
}

function transactionEnded(): LockFailedError {
  return new LockFailedError('The transaction has already ended, or lost its connection')
}
