import type { LockSession } from './backend.js'
import type { Patience } from './patience.js'
import { noOpening } from './refusals.js'
import { keyMaker, Target, titleOf } from './target.js'

/** What a key space is made of. */
export interface KeySpaceParts {
  /** `undefined` when the application named none: then it is asked for at first use. */
  readonly namespace: string | undefined
  readonly secret: string | Uint8Array | undefined
  /** See `Backend`. */
  maxSessions(): number | undefined
  /** Asks for the default namespace on a session of its own. */
  readonly askForNamespace: () => Promise<string>
}

/** Turns names into keys within one namespace, which may have to be learnt from the server first. */
export class KeySpace {
  readonly #parts: KeySpaceParts
  #keyOf: ((name: string) => string) | undefined
  #learning: Promise<string> | undefined

  constructor(parts: KeySpaceParts) {
    this.#parts = parts
    if (parts.namespace !== undefined) this.#keyOf = keyMaker(parts.namespace, parts.secret)
  }

  /** The keys of checked names, as soon as the namespace is known; `undefined` before. */
  resolve(name: string | readonly string[], names: readonly string[], exactName: boolean): Target | undefined {
    if (exactName) return new Target(name, names, asItIs)
    return this.#keyOf === undefined ? undefined : new Target(name, names, this.#keyOf)
  }

  /**
   * The keys of checked names, whose namespace has to be learnt first.
   * @param session one to learn it on, when the caller has one already
   * @throws {OrmutexError} or the signal's reason, when the namespace cannot be learnt
   */
  async learn(
    name: string | readonly string[],
    names: readonly string[],
    patience: Patience,
    session?: LockSession,
  ): Promise<Target> {
    try {
      const namespace = await patience.waitForAnswer(this.#learn(session), () => {})
      this.#keyOf ??= keyMaker(namespace, this.#parts.secret)
    } catch (error) {
      const maxSessions = this.#parts.maxSessions()
      throw noOpening({ title: titleOf(names), waitedMs: patience.waitedMs, maxSessions }, error)
    }
    return new Target(name, names, this.#keyOf)
  }

  /** Asks once for all calls that wait for it; a failure is not remembered. */
  #learn(session: LockSession | undefined): Promise<string> {
    if (session !== undefined) return session.defaultNamespace()
    this.#learning ??= this.#parts.askForNamespace().finally(() => {
      this.#learning = undefined
    })
    return this.#learning
  }
}

function asItIs(name: string): string {
  return name
}
