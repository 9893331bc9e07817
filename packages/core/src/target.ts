import { describeValue } from './describe-value.js'
import { deriveKey, isExactKey } from './keys.js'
import { checkName } from './names.js'

/** What a call wants: names and the keys that the server sees for them. */
export interface Target {
  /** As the caller gave it. */
  readonly name: string | readonly string[]
  /** One key for each name, in the order of the names. */
  readonly keys: readonly string[]
  /**
   * Each key once, in the one order in which every process asks for several of them: by ASCII code. Two processes that
   * take the same keys in the same order cannot wait for each other.
   */
  readonly orderedKeys: readonly string[]
  /** How messages call it. */
  readonly title: string
  /** The name behind one of the keys. */
  nameOf(key: string): string
}

/** Refuses what is not a name or a non-empty array of names. */
export function checkTarget(name: unknown, exactName: boolean): readonly string[] {
  const names = Array.isArray(name) ? (name as readonly unknown[]) : [name]
  if (names.length === 0) throw new TypeError(`At least one name is needed, got ${describeValue(name)}`)
  for (const each of names) {
    checkName(each)
    if (exactName && !isExactKey(each)) {
      throw new TypeError('With exactName a name must be 1 to 64 characters of [a-z0-9:._~-], got another one')
    }
  }
  return [...(names as readonly string[])]
}

/** The keys of checked names. */
export function makeTarget(
  name: string | readonly string[],
  names: readonly string[],
  keyOf: (name: string) => string,
): Target {
  const keys = names.map(keyOf)
  return {
    name: typeof name === 'string' ? name : names,
    keys,
    orderedKeys: keys.length === 1 ? keys : [...new Set(keys)].toSorted(),
    title: titleOf(names),
    nameOf: (key) => names[keys.indexOf(key)]!,
  }
}

/** How a name becomes a key on one source. */
export function keyMaker(namespace: string, secret: string | Uint8Array | undefined): (name: string) => string {
  return (name) => deriveKey(namespace, name, secret)
}

/** How messages call names. */
export function titleOf(names: readonly string[]): string {
  const shown = names.slice(0, 3).map((name) => JSON.stringify(name))
  if (names.length > 3) shown.push(`and ${names.length - 3} more`)
  return `${names.length === 1 ? 'The lock' : 'The locks'} ${shown.join(', ')}`
}
