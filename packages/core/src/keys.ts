import { createHmac, hash } from 'node:crypto'

/**
 * Longest key, in characters: 64. MySQL refuses user-level lock names above that (error 4163 on 8.4 and later, 3057 before); MariaDB allows
 * 192 bytes (both measured).
 */
export const MAX_KEY_LENGTH = 64

const SLUG_LENGTH = 31
const DIGEST_BYTES = 20
const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567'
const PLAIN_NAME = /^[a-z0-9:._-]+$/
const EXACT_KEY = /^[a-z0-9:._~-]{1,64}$/

/**
 * The key that the server sees for a name: lowercase ASCII, at most 64 characters, different for every pair of namespace
 * and name, so that neither MySQL's case-insensitive comparison nor MariaDB's comparison by bytes can mix two names up.
 *
 * `slug ~ base32(first 20 bytes of SHA-256(namespace NUL name))`; with a secret HMAC-SHA-256 and a constant slug.
 * The format is a contract: programs in other languages compute the same keys.
 *
 * @param namespace as `namedLocks()` is given it; without one, it is the current database
 * @param name what is locked
 * @param secret as `namedLocks()` is given it
 * @example
 * deriveKey('shop', 'user:42') // 'user:42~gfbosbvfsgi6fzl3sijb7de3wkd3oz7q'
 */
export function deriveKey(namespace: string, name: string, secret?: string | Uint8Array): string {
  const text = `${namespace}\0${name}`
  const digest =
    secret === undefined ? hash('sha256', text, 'buffer') : createHmac('sha256', secret).update(text, 'utf8').digest()
  return `${secret === undefined ? slugOf(name) : 'ormutex'}~${base32(digest.subarray(0, DIGEST_BYTES))}`
}

/**
 * The name behind a key, where it can be proven: the key is derived from it. That is so for names of at most 31 characters of
 * `[a-z0-9:._-]`, without a secret; `undefined` for all others, and for keys of other namespaces, since a key cannot be turned back.
 *
 * @param key what the server sees
 * @param namespace as `namedLocks()` is given it; without one, it is the current database
 * @param secret as `namedLocks()` is given it
 * @example
 * nameOfKey('user:42~gfbosbvfsgi6fzl3sijb7de3wkd3oz7q', 'shop') // 'user:42'
 */
export function nameOfKey(key: string, namespace: string, secret?: string | Uint8Array): string | undefined {
  const slug = key.slice(0, key.lastIndexOf('~'))
  return slug !== '' && deriveKey(namespace, slug, secret) === key ? slug : undefined
}

/**
 * Whether the option `exactName` accepts a name: 1 to 64 characters of `[a-z0-9:._~-]`, which MySQL and MariaDB both take as they are and
 * compare alike.
 *
 * @param name any string
 */
export function isExactKey(name: string): boolean {
  return EXACT_KEY.test(name)
}

function slugOf(name: string): string {
  if (PLAIN_NAME.test(name)) return name.slice(0, SLUG_LENGTH)
  let slug = ''
  for (const character of name) {
    if (slug.length === SLUG_LENGTH) break
    const lowered = character >= 'A' && character <= 'Z' ? character.toLowerCase() : character
    slug += /^[a-z0-9:._-]$/.test(lowered) ? lowered : '_'
  }
  return slug
}

function base32(bytes: Uint8Array): string {
  let text = ''
  let bits = 0
  let buffered = 0
  for (const byte of bytes) {
    buffered = (buffered << 8) | byte
    bits += 8
    while (bits >= 5) {
      bits -= 5
      text += BASE32[(buffered >> bits) & 31]
      buffered &= (1 << bits) - 1
    }
  }
  return bits > 0 ? text + BASE32[(buffered << (5 - bits)) & 31] : text
}
