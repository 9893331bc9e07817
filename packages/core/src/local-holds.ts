import type { Hold } from './hold.js'
import type { LockUse } from './trace-messages.js'
import { mergeHolder, type Holder, type NamedLockEntry } from './holder.js'

/** What one source of this process holds, by key: for telling who has a lock without asking the server, or more than it tells. */
export class LocalHolds {
  readonly #label: string
  readonly #holds = new Map<string, Hold>()

  constructor(label: string) {
    this.#label = label
  }

  /** The keys that are held. */
  get keys(): string[] {
    return [...this.#holds.keys()]
  }

  /** Keeps a hold in mind. */
  add(hold: Hold): void {
    for (const key of hold.keys) this.#holds.set(key, hold)
  }

  /** Forgets a hold that is over. */
  remove(hold: Hold): void {
    for (const key of hold.keys) if (this.#holds.get(key) === hold) this.#holds.delete(key)
  }

  /** This process as the holder of a key, if it is. */
  holderOf(key: string): Holder | null {
    return this.#holds.get(key)?.describe(this.#label) ?? null
  }

  /** What a holder uses a key for, if it is a session of this source. */
  useBy(key: string, holder: Holder): LockUse | undefined {
    const hold = this.#holds.get(key)
    return hold?.sessionId === holder.sessionId ? hold.use : undefined
  }

  /** A server's entry, completed by what this process knows of its own lock. */
  complete(entry: NamedLockEntry): NamedLockEntry {
    const hold = this.#holds.get(entry.key)
    if (hold === undefined) return entry
    return {
      ...entry,
      name: hold.target.nameOf(entry.key),
      holder: mergeHolder(entry.holder, hold.describe(this.#label)),
    }
  }
}
