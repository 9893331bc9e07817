import { type LockSession, PoolTimeoutError } from './backend.js'
import { OrmutexError } from './errors.js'
import type { Heir } from './hand-over.js'
import { runOutsideFrames } from './call-context.js'
import type { Clock } from './clock.js'
import type { Holder } from './holder.js'
import type { CheckedWait } from './options.js'
import { GaveUpError, type Patience } from './patience.js'
import { abandoned, about, noOpening, notGranted, type Pool, type Wanted } from './refusals.js'
import type { Target } from './target.js'
import type { LockUse } from './trace-messages.js'

/** How soon a lost session is replaced, in milliseconds: at once, then slower and slower while a server restarts. */
const RETRY_DELAYS_MS = [0, 50, 100, 200, 400, 800]

/**
 * By when a caller is told, in milliseconds after its deadline, even if it is not known yet who has the lock: part of the 50 within which
 * a timeout is honoured. Asking may take a new connection.
 */
const PEEK_MS = 35

/** Shortest time for that, in milliseconds, when the server's refusal was late itself. */
const SHORTEST_PEEK_MS = 10

/** What every call needs of its source. */
export interface CallContext {
  readonly pool: Pool
  readonly howToJoin: string
  readonly clock: Clock
  /** What this process itself knows of a key's holder. */
  localHolder(key: string): Holder | null
  /** What a key's holder uses it for, if that is this source itself. */
  ownUse(key: string, holder: Holder): LockUse | undefined
  /** What the server knows of a key's holder, asked on a connection of its own; one question for all who ask at once. */
  peek(key: string): Promise<Holder | null>
}

/** One call for locks outside of any transaction that is already there: what it wants, and what it is told when it gets nothing. */
export class LockCall<TxOptions extends object> implements Heir<TxOptions> {
  readonly target: Target
  readonly wait: CheckedWait
  readonly patience: Patience
  readonly purpose: TxOptions | undefined
  readonly #context: CallContext

  /** @param purpose the options of the transaction that the locks are for; `undefined` for none */
  constructor(
    context: CallContext,
    target: Target,
    wait: CheckedWait,
    patience: Patience,
    purpose: TxOptions | undefined,
  ) {
    this.#context = context
    this.target = target
    this.wait = wait
    this.patience = patience
    this.purpose = purpose
  }

  get keys(): readonly string[] {
    return this.target.orderedKeys
  }

  get orphanTimeoutMs(): number | undefined {
    return this.wait.orphanTimeoutMs
  }

  /** False for a call that only asks. */
  get mayWait(): boolean {
    return this.wait.timeoutMs > 0
  }

  /** Opens a session, once more and later when it replaces a lost one. @throws what the caller is to be told */
  async open<S>(lostSessions: number, open: () => Promise<S>, late: (session: S) => void): Promise<S> {
    let lastError: unknown
    for (let attempt = lostSessions; ; attempt += 1) {
      try {
        if (attempt > 0) await this.patience.sleep(RETRY_DELAYS_MS[Math.min(attempt - 1, RETRY_DELAYS_MS.length - 1)]!)
        return await this.patience.waitForOpening(runOutsideFrames(open), late)
      } catch (error) {
        // Who once had a session waits on for the server to come back; who never had one is told at once.
        const mayComeBack =
          lostSessions > 0 && this.mayWait && !(error instanceof GaveUpError || error instanceof PoolTimeoutError)
        if (!mayComeBack) throw this.noOpening(error, lastError)
        lastError = error
      }
    }
  }

  /** See `noOpening`. */
  noOpening(error: unknown, earlier?: unknown): unknown {
    return noOpening(this.#wanted, error, earlier)
  }

  /** This process as the holder, if it is. */
  localHolder(key = this.keys[0]!): Holder | null {
    return this.#context.localHolder(key)
  }

  /** Asks for the holder on a connection of its own, if one is to be had at once. */
  peek(key: string): Promise<Holder | null> {
    return this.shortly(this.#context.peek(key))
  }

  /**
   * Asks a session that has nothing more to do who has a key, and hands it back once it has answered, which the caller does not
   * wait for: whoever gets its connection next would wait behind the question.
   */
  async lookAndLeave(
    session: Pick<LockSession, 'holderOf'>,
    key: string,
    leave: () => Promise<void>,
  ): Promise<Holder | null> {
    const asked = session.holderOf(key)
    const holder = await this.shortly(asked)
    await this.shortly(asked.then(leave, leave))
    return holder
  }

  /** The answer, or `null` when it fails or does not come in time: who has a lock is told if that costs nobody anything. */
  shortly(answer: Promise<Holder | null | void>): Promise<Holder | null> {
    return new Promise((resolve) => {
      const ms = Math.max(SHORTEST_PEEK_MS, PEEK_MS - this.patience.overdueMs)
      const timer = this.#context.clock.after(ms, () => resolve(null))
      answer
        .then(
          (holder) => resolve(holder ?? null),
          () => resolve(null),
        )
        .finally(() => timer.stop())
    })
  }

  /** What the caller is told about a wait that is over. */
  async translate(error: unknown, findHolder: () => Promise<Holder | null> | Holder | null): Promise<unknown> {
    if (error instanceof OrmutexError) return about(this.target.title, error)
    if (!(error instanceof GaveUpError)) return this.noOpening(error)
    return error.why === 'timeout' ? this.refusal(await findHolder()) : abandoned(this.target.title, error)
  }

  /** It is taken. */
  refusal(holder: Holder | null): unknown {
    const ownUses = holder === null ? [] : this.keys.map((key) => this.#context.ownUse(key, holder))
    const ownUse = ownUses.find((use) => use !== undefined)
    return notGranted({ title: this.target.title, timeoutMs: this.wait.timeoutMs, holder, ownUse })
  }

  get #wanted(): Wanted {
    const { pool, howToJoin } = this.#context
    return { title: this.target.title, waitedMs: this.patience.waitedMs, pool, howToJoin }
  }
}
