import type { LockSession } from './backend.js'
import { runOutsideFrames } from './call-context.js'
import { type Holder, mergeHolder, type NamedLockEntry } from './holder.js'
import type { LocalHolds } from './local-holds.js'
import type { Patience } from './patience.js'
import { noOpening, type Pool } from './refusals.js'

/** What looking needs of a backend. */
interface Openable extends Pool {
  open(): Promise<LockSession>
}

/** Looks at the server's locks without taking any, each time on a session of its own. */
export class Onlooker {
  readonly #backend: Openable
  readonly #localHolds: LocalHolds
  readonly #peeks = new Map<string, Promise<Holder | null>>()

  constructor(backend: Openable, localHolds: LocalHolds) {
    this.#backend = backend
    this.#localHolds = localHolds
  }

  /** The namespace of names when the application gave none. */
  defaultNamespace(): Promise<string> {
    return this.#withSession((session) => session.defaultNamespace())
  }

  /** Who has a key. @throws {OrmutexError} `LOCK_FAILED`, `LOCK_TIMEOUT` when the pool was slow */
  async holderOf(key: string, patience: Patience): Promise<Holder | null> {
    const fromServer = await this.#look(patience, (session) => session.holderOf(key))
    return fromServer === null ? null : mergeHolder(fromServer, this.#localHolds.holderOf(key))
  }

  /** Every key that is held or waited for, as far as the server shows. @throws as `holderOf` */
  async list(patience: Patience): Promise<NamedLockEntry[]> {
    const entries = await this.#look(patience, (session) => session.list(this.#localHolds.keys))
    return entries.map((entry) => this.#localHolds.complete(entry))
  }

  /** Who has a key, for a message: one question for all who ask at once, since a thousand waiters may run out of time together. */
  peek(key: string): Promise<Holder | null> {
    let peek = this.#peeks.get(key)
    if (peek === undefined) {
      peek = this.#withSession((session) => session.holderOf(key)).finally(() => this.#peeks.delete(key))
      this.#peeks.set(key, peek)
    }
    return peek
  }

  async #look<T>(patience: Patience, use: (session: LockSession) => Promise<T>): Promise<T> {
    try {
      return await this.#withSession(use, (opening) => patience.waitForOpening(opening, (late) => void late.close()))
    } catch (error) {
      throw noOpening({ title: 'The server', waitedMs: patience.waitedMs, pool: this.#backend }, error)
    }
  }

  async #withSession<T>(
    use: (session: LockSession) => Promise<T>,
    wait: (opening: Promise<LockSession>) => Promise<LockSession> = (opening) => opening,
  ): Promise<T> {
    const session = await wait(runOutsideFrames(() => this.#backend.open()))
    try {
      return await use(session)
    } finally {
      await session.close()
    }
  }
}
