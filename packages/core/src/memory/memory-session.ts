import {
  type Grant,
  type JoinedSession,
  type Session,
  SessionLostError,
  type TransactionEndListener,
} from '../backend.js'
import { LockFailedError } from '../errors.js'
import type { Holder, NamedLockEntry } from '../holder.js'
import type { Handle, MemoryServer } from './memory-server.js'

/** See `RunTransaction`. */
export type Run<Tx> = (work: (transaction: Tx) => Promise<unknown>, options: object) => Promise<unknown>

/** What a session is made of. */
export interface MemorySessionParts<Tx> {
  readonly server: MemoryServer
  readonly label: string
  readonly run: Run<Tx>
}

/** A session without any connection: all it has is a lease. */
export class MemorySession<Tx> implements Session<Tx, object> {
  readonly longestWaitMs = Infinity
  readonly #parts: MemorySessionParts<Tx>
  readonly #handle: Handle
  #renewEveryMs: number | null = null
  #lost: SessionLostError | null = null
  #lostListener: ((cause: unknown) => void) | undefined

  constructor(parts: MemorySessionParts<Tx>) {
    this.#parts = parts
    this.#handle = parts.server.open(parts.label, (cause) => {
      this.#lost = new SessionLostError(cause)
      this.#lostListener?.(cause)
    })
  }

  /** A lease lasts for ever, as long as it is not bounded. */
  get renewEveryMs(): number | null {
    return this.#renewEveryMs
  }

  get id(): string {
    return this.#handle.id
  }

  /** Whether the server has ended it. */
  get isLost(): boolean {
    return this.#lost !== null
  }

  defaultNamespace(): Promise<string> {
    return Promise.resolve('')
  }

  async boundOrphan(ms: number): Promise<void> {
    this.#handle.lease(ms)
    this.#renewEveryMs = ms / 3
  }

  async acquire(key: string, waitMs: number): Promise<Grant | null> {
    const grant = await this.#handle.acquire(key, waitMs)
    if (this.#lost !== null) throw this.#lost
    return grant
  }

  async abandon(key: string): Promise<void> {
    this.#handle.abandon(key)
  }

  async release(keys: readonly string[]): Promise<void> {
    for (const key of keys) {
      if (!this.#handle.release(key))
        throw new LockFailedError('The session did not have a lock any more when it was released')
    }
  }

  async renew(): Promise<void> {
    if (!this.#handle.renew()) throw this.#lost ?? new SessionLostError(new Error('The session is over'))
  }

  onLost(listener: (cause: unknown) => void): () => void {
    this.#lostListener = listener
    return () => {
      this.#lostListener = undefined
    }
  }

  isUnsent(): boolean {
    return false
  }

  isLostBy(error: unknown): boolean {
    return error instanceof SessionLostError
  }

  async transaction(work: (transaction: Tx) => Promise<unknown>, options: object): Promise<void> {
    await this.#parts.run(work, options)
  }

  repurpose(): boolean {
    return true
  }

  async holderOf(key: string): Promise<Holder | null> {
    return this.#parts.server.holderOf(key)
  }

  async list(): Promise<NamedLockEntry[]> {
    return this.#parts.server.list()
  }

  async close(): Promise<void> {
    this.#handle.end()
  }

  destroy(): void {
    this.#handle.end()
  }
}

/** The session under a transaction that the application began with `memoryLocks().transaction`. */
export class JoinedMemorySession<Tx> extends MemorySession<Tx> implements JoinedSession {
  readonly #onEnd: (listener: TransactionEndListener) => void

  constructor(parts: MemorySessionParts<Tx>, onEnd: (listener: TransactionEndListener) => void) {
    super(parts)
    this.#onEnd = onEnd
  }

  onEnd(listener: TransactionEndListener): void {
    this.#onEnd(listener)
  }
}
