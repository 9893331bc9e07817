import { labelOf, type NamedLocksOptions, namespaceOption } from './options.js'

/** Longest namespace that connections carry whole, in characters: servers cap all attributes together, MySQL at 512 bytes by default. */
const MAX_NAMESPACE_LENGTH = 64

/**
 * What a connection says of its holder: other processes read it where performance_schema is on, and it costs no statement. Never
 * the secret.
 *
 * @param options what `namedLocks()` is given: `label` (default `hostname:pid`) and `namespace` (default: the connection carries none)
 * @throws {TypeError | RangeError} for a label or a namespace that is none
 */
export function connectionAttributes(
  options?: Pick<NamedLocksOptions, 'label' | 'namespace'>,
): Readonly<Record<string, string>> {
  const namespace = namespaceOption(options)
  return {
    // First: a server that has no room for all drops the last.
    ...(namespace !== undefined && { ormutex_namespace: namespaceAttribute(namespace) }),
    ormutex_label: labelOf(options),
  }
}

/** A namespace as a connection carries it: its beginning, if it is a long one. */
export function namespaceAttribute(namespace: string): string {
  return Array.from(namespace).slice(0, MAX_NAMESPACE_LENGTH).join('')
}
