import { namespaceAttribute } from './connection-attributes.js'
import { nameOfKey } from './keys.js'

/** What tells of which namespace a session is. */
export interface SeenSession {
  readonly label?: string
  readonly database?: string
  readonly namespace?: string
}

/** A lock as a survey shows it. */
export interface SeenLock {
  readonly key: string
  readonly holder: SeenSession | null
  readonly waiters: readonly SeenSession[]
}

/**
 * Whether a lock on the server is of a namespace, which its key does not tell. Proven when the name can be read off the key
 * (`nameOfKey`). Otherwise by who has it or waits for it: the namespace that the session's application gave; where it gave
 * none, or the server does not show it, the session's current database, which is the default namespace.
 *
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
