import type { Grant } from '../backend.js'
import type { Clock, Timer } from '../clock.js'
import { LockDeadlockError } from '../errors.js'
import type { Holder, NamedLockEntry } from '../holder.js'

interface Waiter {
  readonly session: ServerSession
  settle(grant: Grant | null): void
}

interface Entry {
  holder: ServerSession
  readonly waiters: Set<Waiter>
}

/** What the server knows of a session: an id that it forgets when its lease runs out. */
interface ServerSession {
  readonly id: string
  readonly label: string
  leaseMs: number
  readonly held: Map<string, number>
  lease: Timer
  waitsFor: Entry | undefined
  ended: (cause: unknown) => void
}

/** The server's side of a session, for the session's own use. */
export interface Handle {
  readonly id: string
  acquire(key: string, waitMs: number): Promise<Grant | null>
  /** Stops waiting for a key, or gives it back if it was granted in the last moment. */
  abandon(key: string): void
  release(key: string): boolean
  /** Bounds the time to live without a renewal, in milliseconds. */
  lease(ms: number): void
  renew(): boolean
  end(): void
}

/**
 * A lock service in this process, without connections: sessions are ids with a time to live, as in a lease service, keys are
 * granted strictly first come first served, and a circle of waiters is refused. Share one between several sources to have
 * them exclude each other, as several processes would.
 *
 * @example
 * const server = new MemoryServer(systemClock)
 * const [here, there] = [memoryLocks({ server }), memoryLocks({ server })]
 */
export class MemoryServer {
  readonly #clock: Clock
  readonly #sessions = new Map<string, ServerSession>()
  readonly #entries = new Map<string, Entry>()
  #lastId = 0
  #lastToken = 0n

  /**
   * A lock service in this process.
   * @param clock what times are told by: `systemClock` of `@ormutex/core`, or one of a test's own
   */
  constructor(clock: Clock) {
    this.#clock = clock
  }

  /**
   * Opens a session.
   * @param label what others see as the holder
   * @param ended is told when the session is ended by anyone but itself
   */
  open(label: string, ended: (cause: unknown) => void): Handle {
    this.#lastId += 1
    const session: ServerSession = {
      id: String(this.#lastId),
      label,
      leaseMs: Infinity,
      held: new Map(),
      lease: { stop() {} },
      waitsFor: undefined,
      ended,
    }
    this.#sessions.set(session.id, session)
    return {
      id: session.id,
      acquire: (key, waitMs) => this.#acquire(session, key, waitMs),
      abandon: (key) => {
        if (!this.#stopWaiting(session)) this.#release(session, key)
      },
      release: (key) => this.#release(session, key),
      lease: (ms) => {
        session.leaseMs = Math.min(session.leaseMs, ms)
        this.#renew(session)
      },
      renew: () => this.#renew(session),
      end: () => this.#end(session, undefined),
    }
  }

  /**
   * Ends a session as an operator would. Everything it holds goes to those who wait.
   * @param sessionId `lock.sessionId`; one that is not there does nothing
   */
  endSession(sessionId: string): void {
    const session = this.#sessions.get(sessionId)
    if (session !== undefined) this.#end(session, new Error('The session was ended'))
  }

  /** Who has a key: `null` when nobody. */
  holderOf(key: string): Holder | null {
    const entry = this.#entries.get(key)
    return entry === undefined ? null : this.#describe(entry.holder, key)
  }

  /** Every key that is held or waited for. */
  list(): NamedLockEntry[] {
    return [...this.#entries].map(([key, entry]) => ({
      key,
      holder: this.#describe(entry.holder, key),
      waiters: [...entry.waiters].map(({ session }) => ({ sessionId: session.id, label: session.label })),
    }))
  }

  #acquire(session: ServerSession, key: string, waitMs: number): Promise<Grant | null> {
    const entry = this.#entries.get(key)
    if (entry === undefined) {
      this.#entries.set(key, { holder: session, waiters: new Set() })
      return Promise.resolve(this.#grant(session, key))
    }
    if (waitMs === 0) return Promise.resolve(null)
    if (this.#wouldWaitForItself(session, entry)) {
      return Promise.reject(new LockDeadlockError('It was refused, since sessions would wait for each other'))
    }
    return new Promise((resolve) => {
      const waiter: Waiter = {
        session,
        settle: (grant) => {
          timer.stop()
          session.waitsFor = undefined
          entry.waiters.delete(waiter)
          resolve(grant)
        },
      }
      const timer = this.#clock.after(waitMs, () => waiter.settle(null))
      session.waitsFor = entry
      entry.waiters.add(waiter)
    })
  }

  #wouldWaitForItself(session: ServerSession, entry: Entry): boolean {
    for (let waited: Entry | undefined = entry; waited !== undefined; waited = waited.holder.waitsFor) {
      if (waited.holder === session) return true
    }
    return false
  }

  #grant(session: ServerSession, key: string): Grant {
    session.held.set(key, this.#clock.now())
    this.#lastToken += 1n
    return { sessionId: session.id, token: this.#lastToken }
  }

  #release(session: ServerSession, key: string): boolean {
    if (!session.held.delete(key)) return false
    const entry = this.#entries.get(key)!
    for (const waiter of entry.waiters) {
      entry.holder = waiter.session
      waiter.settle(this.#grant(waiter.session, key))
      return true
    }
    this.#entries.delete(key)
    return true
  }

  #renew(session: ServerSession): boolean {
    if (!this.#sessions.has(session.id)) return false
    session.lease.stop()
    this.#startLease(session)
    return true
  }

  #startLease(session: ServerSession): void {
    session.lease = this.#clock.after(session.leaseMs, () => this.#end(session, new Error('The lease ran out')), {
      keepsProcessAlive: false,
    })
  }

  #end(session: ServerSession, cause: unknown): void {
    if (!this.#sessions.delete(session.id)) return
    session.lease.stop()
    this.#stopWaiting(session)
    for (const key of session.held.keys()) this.#release(session, key)
    if (cause !== undefined) session.ended(cause)
  }

  #stopWaiting(session: ServerSession): boolean {
    for (const waiter of session.waitsFor?.waiters ?? []) {
      if (waiter.session !== session) continue
      waiter.settle(null)
      return true
    }
    return false
  }

  #describe(session: ServerSession, key: string): Holder {
    return {
      sessionId: session.id,
      label: session.label,
      heldMs: Math.floor(this.#clock.now() - session.held.get(key)!),
    }
  }
}
