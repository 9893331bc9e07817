import { namespaceAttribute } from './connection-attributes.js'
import { nameOfKey } from './keys.js'

/** What tells of which namespace a session is. */
export interface SeenSession {
  /** What it calls itself, where the server shows that. */
  readonly label?: string
  /** Its current database, where the server shows that. */
  readonly database?: string
  /** The namespace that its application gave, where it gave one and the server shows that. */
  readonly namespace?: string
}

/** A lock as a survey shows it. */
export interface SeenLock {
  /** What the server sees. */
  readonly key: string
  /** Who has it; `null` when the server shows nobody. */
  readonly holder: SeenSession | null
  /** Who waits for it, as far as the server shows. */
  readonly waiters: readonly SeenSession[]
}

/**
 * Whether a lock on the server is of a namespace, which its key does not tell. Proven when the name can be read off the key
 * (`nameOfKey`). Otherwise by who has it or waits for it: the namespace that the session's application gave; where it gave
 * none, or the server does not show it, the session's current database, which is the default namespace.
 *
 * @param lock what was seen of it
 * @param namespace as `namedLocks()` is given it; without one, it is the current database
 * @param secret as `namedLocks()` is given it
 * @returns `'unknown'` when nothing of that is shown, or when another database is all that is: an application may have given any namespace
 */
export function isOfNamespace(
  lock: SeenLock,
  namespace: string,
  secret?: string | Uint8Array,
): 'yes' | 'no' | 'unknown' {
  if (nameOfKey(lock.key, namespace, secret) !== undefined) return 'yes'
  const sessions = lock.holder === null ? lock.waiters : [lock.holder, ...lock.waiters]
  const given = sessions.find((session) => session.namespace !== undefined)
  if (given !== undefined) return given.namespace === namespaceAttribute(namespace) ? 'yes' : 'no'
  const shown = sessions.find((session) => session.database !== undefined)
  if (shown?.database === namespace) return 'yes'
  // Who shows a label would show its namespace, too.
  return shown?.label === undefined ? 'unknown' : 'no'
}
