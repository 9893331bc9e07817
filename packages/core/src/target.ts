import { describeValue } from './describe-value.js'
import { deriveKey, isExactKey } from './keys.js'
import { checkName } from './names.js'
import { printable } from './printable.js'

/** What a call wants: names and the keys that the server sees for them. */
export class Target {
  /** As the caller gave it. */
  readonly name: string | readonly string[]
  /** One key for each name, in the order of the names. */
  readonly keys: readonly string[]
  /**
   * Each key once, in the one order in which every process asks for several of them: by ASCII code. Two processes that
   * take the same keys in the same order cannot wait for each other.
   */
  readonly orderedKeys: readonly string[]
  readonly #names: readonly string[]

  /** @param names checked, see `checkTarget` */
  constructor(name: string | readonly string[], names: readonly string[], keyOf: (name: string) => string) {
    this.name = typeof name === 'string' ? name : names
    this.#names = names
    this.keys = names.map(keyOf)
    this.orderedKeys = this.keys.length === 1 ? this.keys : [...new Set(this.keys)].toSorted()
  }

  /** How messages call it. */
  get title(): string {
    return titleOf(this.#names)
  }

  /** The name behind one of the keys. */
  nameOf(key: string): string {
    return this.#names[this.keys.indexOf(key)]!
  }
}

/**
 * Refuses what is not a name or a non-empty array of names, before anything is sent.
 *
 * @param name what a call was given
 * @param exactName whether the name is to be the key itself: 1 to 64 characters of `[a-z0-9:._~-]`
 * @returns the names, one or several
 * @throws {TypeError | RangeError} for what is no name
 */
export function checkTarget(name: unknown, exactName: boolean): readonly string[] {
  const names = Array.isArray(name) ? [...(name as readonly unknown[])] : [name]
  if (names.length === 0) throw new TypeError(`At least one name is needed, got ${describeValue(name)}`)
  for (const each of names) {
    checkName(each)
    if (exactName && !isExactKey(each)) {
      throw new TypeError('With exactName a name must be 1 to 64 characters of [a-z0-9:._~-], got another one')
    }
  }
  return names as readonly string[]
}

/** How a name becomes a key on one source. */
export function keyMaker(namespace: string, secret: string | Uint8Array | undefined): (name: string) => string {
  return (name) => deriveKey(namespace, name, secret)
}

/** How messages call a name, which may be made of what somebody typed. */
export function quoted(name: string): string {
  return printable(JSON.stringify(name))
}

/** How messages call names. */
export function titleOf(names: readonly string[]): string {
  const shown = names.slice(0, 3).map(quoted)
  if (names.length > 3) shown.push(`and ${names.length - 3} more`)
  return `${names.length === 1 ? 'The lock' : SEVERAL} ${shown.join(', ')}`
}

/** Whether a title is one name's. */
export function isOneLock(title: string): boolean {
  return !title.startsWith(SEVERAL)
}

const SEVERAL = 'The locks'
