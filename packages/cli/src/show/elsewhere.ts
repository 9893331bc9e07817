import { deriveKey, printable } from '@ormutex/core'
import type { SurveyedLock } from '@ormutex/core/sql'
import { type LockView, namespaceOf, type Scope, viewLock, viewLocks } from './lock-view.js'

/** How many namespaces a sentence names. */
const MOST_NAMED = 3

/** Of these, a shell makes nothing else. */
const PLAIN = /^[\w.:][\w.:-]*$/

/** The locks of other namespaces, where there is none that is known to be of this one. */
export function strangers(locks: readonly SurveyedLock[], scope: Scope): LockView[] {
  const views = viewLocks(locks, scope, true)
  return views.some(({ isOurs }) => isOurs === 'yes') ? [] : views.filter(({ isOurs }) => isOurs === 'no')
}

/**
 * The locks of a name in other namespaces: proven by their keys where the server shows the namespace (`isOurs` is `no` then); where it does
 * not, those with a key that begins as one of that name does (`unknown`).
 */
export function namesakes(locks: readonly SurveyedLock[], name: string, scope: Scope): LockView[] {
  const own = deriveKey(scope.namespace, name, scope.secret)
  return locks.filter(({ key }) => key !== own).flatMap((lock) => namesake(lock, name, scope) ?? [])
}

function namesake(lock: SurveyedLock, name: string, scope: Scope): LockView | undefined {
  const told = namespaceOf(lock)
  const possible = told === undefined ? databasesOf(lock) : [told]
  const namespace = possible.find((each) => isKeyOf(lock.key, each, name, scope))
  if (namespace !== undefined) return { ...lock, name, namespace, isOurs: 'no' }
  if (told !== undefined || !beginsAlike(lock.key, name)) return undefined
  return { ...viewLock(lock, scope), name: undefined, namespace: undefined, isOurs: 'unknown' }
}

/** Applications that share a secret may have namespaces of their own. */
function isKeyOf(key: string, namespace: string, name: string, scope: Scope): boolean {
  if (namespace === scope.namespace) return false
  return [undefined, scope.secret].some((secret) => deriveKey(namespace, name, secret) === key)
}

function databasesOf({ holder, waiters }: SurveyedLock): string[] {
  return [...(holder === null ? [] : [holder]), ...waiters].flatMap(({ database }) => database ?? [])
}

function beginsAlike(key: string, name: string): boolean {
  const like = deriveKey('', name)
  return key.length === like.length && key.startsWith(like.slice(0, like.lastIndexOf('~') + 1))
}

/** `2 locks in other namespaces: "shop", "billing"; --namespace shop or --all shows them`; nothing when there are none. */
export function describeStrangers(locks: readonly LockView[]): string | undefined {
  if (locks.length === 0) return undefined
  const places = namespacesOf(locks)
  const [what, them] =
    locks.length === 1 ? ['1 lock in another namespace', 'it'] : [`${locks.length} locks in other namespaces`, 'them']
  const where = places.length === 0 ? '' : `: ${listed(places)}`
  return printable(`${what}${where}; ${whatShows(places)} shows ${them}`)
}

/** Where a name is free, and where it is not. */
export function describeFree(name: string, elsewhere: readonly LockView[], { namespace }: Scope): string {
  const free = `${JSON.stringify(name)} is free in ${describeNamespace(namespace)}`
  if (elsewhere.length === 0) return free
  const places = namespacesOf(elsewhere)
  if (places.length === 0) return `${free}, but may be taken in one that is not shown; --all shows that lock`
  return `${free}, but taken in ${listed(places)}; ${whatShows(places)} shows that`
}

/** Nobody chooses an empty one: it comes of a connection without a database. */
export function describeNamespace(namespace: string): string {
  return namespace === ''
    ? 'the empty namespace (neither --namespace nor a database is given)'
    : `namespace ${JSON.stringify(namespace)}`
}

function whatShows(namespaces: readonly string[]): string {
  return [...namespaceFlag(namespaces), '--all'].join(' or ')
}

/** What to type to be in the first of the namespaces that can be typed as it is. */
export function namespaceFlag(namespaces: readonly string[]): string[] {
  const plain = namespaces.find((namespace) => PLAIN.test(namespace))
  return plain === undefined ? [] : [`--namespace ${plain}`]
}

/** Each namespace once, as far as they are known. */
export function namespacesOf(locks: readonly LockView[]): string[] {
  return [...new Set(locks.flatMap(({ namespace }) => namespace ?? []))]
}

/** `"shop", "billing" and 2 more` */
export function listed(namespaces: readonly string[]): string {
  const named = namespaces.slice(0, MOST_NAMED).map((namespace) => JSON.stringify(namespace))
  const further = namespaces.length - named.length
  return named.join(', ') + (further === 0 ? '' : ` and ${further} more`)
}
