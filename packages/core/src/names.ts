import { describeValue } from './describe-value.js'

/** Longest name, in characters (code points). Long enough for any path or URL, short enough to hash in microseconds. */
export const MAX_NAME_LENGTH = 1_024

const LONE_SURROGATE = /\p{Surrogate}/u

function checkWellFormed(value: string, what: string): void {
  // Two different lone surrogates encode to the same three bytes in UTF-8: two names would be one key.
  if (LONE_SURROGATE.test(value)) throw new TypeError(`${what} must be well-formed: it holds half of a surrogate pair`)
}

/** Refuses what is not a name: a non-empty well-formed string of at most 1 024 characters. */
export function checkName(name: unknown): asserts name is string {
  if (typeof name !== 'string')
    throw new TypeError(`A lock's name must be a non-empty string, got ${describeValue(name)}`)
  if (name === '') throw new TypeError("A lock's name must be a non-empty string, got an empty one")
  if (name.length > MAX_NAME_LENGTH && countCodePoints(name) > MAX_NAME_LENGTH) {
    throw new RangeError(`A lock's name must have at most ${MAX_NAME_LENGTH} characters, got ${countCodePoints(name)}`)
  }
  checkWellFormed(name, "A lock's name")
}

function countCodePoints(text: string): number {
  let count = 0
  for (const _ of text) count += 1
  return count
}

/** Refuses what is not a namespace: a well-formed string without NUL, which separates it from the name in the digest. */
export function checkNamespace(namespace: unknown): asserts namespace is string {
  if (typeof namespace !== 'string') throw new TypeError(`namespace must be a string, got ${describeValue(namespace)}`)
  if (namespace.includes('\0')) throw new TypeError('namespace must not hold a NUL character')
  checkWellFormed(namespace, 'namespace')
}

/** Refuses what is not a secret: a non-empty string or bytes. */
export function checkSecret(secret: unknown): asserts secret is string | Uint8Array {
  if (typeof secret !== 'string' && !(secret instanceof Uint8Array)) {
    throw new TypeError(`secret must be a non-empty string or Uint8Array, got ${describeValue(secret)}`)
  }
  if (secret.length === 0) throw new TypeError('secret must be a non-empty string or Uint8Array, got an empty one')
}
