import type { Lock } from '@ormutex/core'
import type { ModelServer, ServerSession } from './model-server.js'

type AnyLock = Lock<string | readonly string[]>

/** How much of a token counts hand-overs; the rest is the server's. */
const PASS_BITS = 7n

/** Who runs under which key, as the callers see it: at most one at a time, unless the one before has lost it. */
export class Holders {
  readonly #server: ModelServer
  readonly #broken: (what: string) => void
  readonly #present = new Map<string, AnyLock>()
  readonly #tokens = new Map<string, bigint>()

  constructor(server: ModelServer, broken: (what: string) => void) {
    this.#server = server
    this.#broken = broken
  }

  /** A caller has been told that it has a lock. */
  enter(lock: AnyLock): void {
    for (const key of keysOf(lock)) {
      // Lost before its caller heard of it: somebody else may have it already.
      if (this.#isLost(lock)) continue
      const other = this.#present.get(key)
      if (other !== undefined && !this.#isLost(other)) this.#broken(`two have ${key} at the same time`)
      this.#present.set(key, lock)
      const holder = this.#server.holderOf(key)
      if (String(holder?.id) !== lock.sessionId)
        this.#broken(`a caller has ${key}, the server says session ${holder?.id}`)
      holder?.protecting.add(key)
      const token = this.#tokens.get(key)
      if (token !== undefined && token >= lock.token) this.#broken(`a later holder of ${key} has no larger token`)
      this.#tokens.set(key, lock.token)
    }
  }

  /** A caller is through with what the lock protects. */
  leave(lock: AnyLock): void {
    for (const key of keysOf(lock)) if (this.#present.get(key) === lock) this.#present.delete(key)
  }

  /** The server was asked to give a key back. */
  released(key: string, session: ServerSession): void {
    const lock = this.#present.get(key)
    if (lock !== undefined && lock.sessionId === String(session.id) && !this.#isLost(lock))
      this.#broken(`${key} was released under its holder`)
  }

  /** A caller has been told that its lock is released; where nothing is handed over, that is true. */
  told(lock: AnyLock): void {
    if (this.#isLost(lock)) return
    for (const key of keysOf(lock))
      if (this.#server.grantOf(key) === lock.token >> PASS_BITS) this.#broken(`${key} was not released yet`)
  }

  #isLost(lock: AnyLock): boolean {
    return lock.signal.aborted || this.#server.sessions.get(lock.sessionId)!.isOver
  }
}

function keysOf({ key }: AnyLock): readonly string[] {
  return typeof key === 'string' ? [key] : key
}
