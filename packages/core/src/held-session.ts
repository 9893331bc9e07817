import type { LockSession } from './backend.js'
import { type HoldTimeoutError, LockFailedError, LockLostError, type OrmutexError } from './errors.js'
import type { Hold } from './hold.js'
import { LocalQueue } from './local-queue.js'
import type { CheckedWait } from './options.js'
import { Patience } from './patience.js'
import { lossOf } from './refusals.js'
import { Renewal } from './renewal.js'
import { lastFirst, patiently, RELEASE_PATIENCE_MS } from './release-patiently.js'
import type { SharedTimer } from './shared-timer.js'

/** Who gets a session, and the keys that it was opened for, when its transaction has ended. */
export interface Succession {
  /** Whether somebody would get it now. */
  readonly hasHeir: boolean
  /** From now on nobody would. */
  refuse(): void
  /** Leaves it to the next holder; false when there is none. */
  pass(): boolean
}

/** The session of a transaction and everything it holds, which is released together or lost together. */
export class HeldSession {
  readonly session: LockSession
  readonly #timer: SharedTimer
  readonly #succession: Succession | undefined
  readonly #renewal: Renewal
  readonly #holds = new Map<string, Hold>()
  #siblings: LocalQueue<undefined, never> | undefined
  #questions: LocalQueue<undefined, never> | undefined
  readonly #asking = new Set<Patience>()
  #stopListening: () => void = () => {}
  #failure: OrmutexError | null = null
  #ending = false
  #over = false
  #ended = Promise.resolve()

  /** @param succession where the session, with the keys of its first hold, may go to another holder */
  constructor(timer: SharedTimer, session: LockSession, succession?: Succession) {
    this.#timer = timer
    this.session = session
    this.#succession = succession
    this.#renewal = new Renewal(timer, session, false, (cause) => this.#lost(cause))
    const stopListening = session.onLost((cause) => this.#lost(cause))
    if (this.#over) stopListening()
    else this.#stopListening = stopListening
  }

  /** For callbacks of one transaction that ask for the same key side by side. */
  get siblings(): LocalQueue<undefined, never> {
    return (this.#siblings ??= new LocalQueue())
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
    this.#renewal.every(wait.keepAliveMs)
    if (wait.orphanTimeoutMs !== undefined) this.#renewal.everyOrphan(wait.orphanTimeoutMs)
  }

  /** Bounds how long the server keeps the locks of a session that was cut off, and renews it in time from now on. */
  async boundOrphan(ms: number): Promise<void> {
    // The bound goes with the session, and the next holder knows nothing of it.
    this.#succession?.refuse()
    this.#renewal.everyOrphan(ms)
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
      this.#questions ??= new LocalQueue()
      const turn = await this.#questions.enter('', patience, undefined)
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
    for (const hold of this.#holds.values()) hold.stopLimit()
    if (this.#asking.size === 0) return undefined
    for (const patience of this.#asking) patience.cancel(transactionEnded())
    return this.#answeredAll()
  }

  /** Releases everything and hands the session on or back; when that fails the session is destroyed, which releases it, too. */
  end(): Promise<void> {
    if (!this.#over) this.#ended = this.#end()
    return this.#ended
  }

  /** Destroys the session: its state is in doubt, and the server takes everything back when it is gone. */
  drop(): void {
    if (this.#over) return
    this.#stop()
    this.#tellOutlived()
    this.session.destroy()
    this.#finishHolds()
  }

  /** A question that is given up is through soon. */
  async #answeredAll(): Promise<void> {
    const patience = new Patience(this.#timer, RELEASE_PATIENCE_MS, undefined)
    try {
      const turn = await this.#questions?.enter('', patience, undefined)
      turn?.leave()
    } catch (cause) {
      const message = 'A lock that was asked for in the transaction could not be given up in time'
      throw new LockFailedError(message, { cause })
    } finally {
      patience.end()
    }
  }

  #lost(cause: unknown): void {
    if (this.#over) return
    const error = lossOf(
      [...this.#distinctHolds()].map(({ target }) => target.title),
      cause,
    )
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
    this.#tellOutlived()
    try {
      await patiently(this.#timer, this.session, () => this.#release())
    } catch {
      this.#failure = new LockLostError('The session could not be released and was destroyed')
      this.session.destroy()
    }
    this.#finishHolds()
  }

  async #release(): Promise<void> {
    // A callback may have asked for a lock without waiting for the answer.
    const answered = this.prepareToEnd()
    if (answered !== undefined) await answered
    let keys: readonly string[] = [...this.#holds.keys()]
    if (this.#succession?.hasHeir === true) {
      const first = this.#holds.get(keys[0]!)!
      const joined = keys.filter((key) => this.#holds.get(key) !== first)
      if (joined.length > 0) await this.session.release(lastFirst(joined))
      if (this.#succession.pass()) return
      // Nobody is left of those who waited.
      keys = first.keys
    }
    if (keys.length > 0) await this.session.release(lastFirst(keys))
    await this.session.close()
  }

  #stop(): void {
    this.#over = true
    this.#renewal.stop()
    this.#stopListening()
  }

  #tellOutlived(): void {
    for (const hold of this.#distinctHolds()) hold.outlive()
  }

  #finishHolds(): void {
    for (const hold of this.#holds.values()) hold.finish()
  }

  #distinctHolds(): Set<Hold> {
    return new Set(this.#holds.values())
  }
}

function transactionEnded(): LockFailedError {
  return new LockFailedError('The transaction has already ended, or lost its connection')
}
