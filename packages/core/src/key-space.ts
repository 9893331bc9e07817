import type { LockSession } from './backend.js'
import type { Patience } from './patience.js'
import { noOpening, type Pool } from './refusals.js'
import { checkTarget, keyMaker, Target, titleOf } from './target.js'

/** What a key space is made of. */
export interface KeySpaceParts {
  /** `undefined` when the application named none: then it is asked for at first use. */
  readonly namespace: string | undefined
  readonly secret: string | Uint8Array | undefined
  readonly pool: Pool
  /** Asks for the default namespace on a session of its own. */
  readonly askForNamespace: () => Promise<string>
}

/** How many names are remembered: to hash one costs as much as all else that a lock that is free costs this process. */
const REMEMBERED_NAMES = 1_024

/** Turns names into keys within one namespace, which may have to be learnt from the server first. */
export class KeySpace {
  readonly #parts: KeySpaceParts
  #keyOf: ((name: string) => string) | undefined
  #learning: Promise<string> | undefined
  readonly #targets = new Map<string, Target>()
  #namespace: string | undefined

  constructor(parts: KeySpaceParts) {
    this.#parts = parts
    if (parts.namespace !== undefined) this.#use(parts.namespace)
  }

  /** `undefined` as long as it is not known. */
  get namespace(): string | undefined {
    return this.#namespace
  }

  /** The keys of what a call was given, as soon as the namespace is known; `undefined` before. @throws as `checkTarget` */
  resolve(name: string | readonly string[], exactName: boolean): Target | undefined {
    const known = exactName || typeof name !== 'string' ? undefined : this.#targets.get(name)
    if (known !== undefined) return known
    const names = checkTarget(name, exactName)
    if (exactName) return new Target(name, names, asItIs)
    return this.#keyOf === undefined ? undefined : this.#remember(new Target(name, names, this.#keyOf))
  }

  /**
   * The keys of names that `resolve` had no namespace for, which has to be learnt first.
   * @param session one to learn it on, when the caller has one already
   * @throws {OrmutexError} or the signal's reason, when the namespace cannot be learnt
   */
  async learn(name: string | readonly string[], patience: Patience, session?: LockSession): Promise<Target> {
    try {
      const namespace = await (session === undefined
        ? patience.waitForOpening(this.#learn(), () => {})
        : patience.waitForAnswer(session.defaultNamespace(), () => {}))
      if (this.#keyOf === undefined) this.#use(namespace)
    } catch (error) {
      const { pool } = this.#parts
      throw noOpening({ title: titleOf([name].flat()), waitedMs: patience.waitedMs, pool }, error)
    }
    return new Target(name, [name].flat(), this.#keyOf!)
  }

  #use(namespace: string): void {
    this.#namespace = namespace
    this.#keyOf = keyMaker(namespace, this.#parts.secret)
  }

  #remember(target: Target): Target {
    if (typeof target.name !== 'string') return target
    if (this.#targets.size >= REMEMBERED_NAMES) this.#targets.clear()
    this.#targets.set(target.name, target)
    return target
  }

  /** Asks once for all calls that wait for it; a failure is not remembered. */
  #learn(): Promise<string> {
    this.#learning ??= this.#parts.askForNamespace().finally(() => {
      this.#learning = undefined
    })
    return this.#learning
  }
}

function asItIs(name: string): string {
  return name
}
