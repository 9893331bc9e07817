import { isOfNamespace, nameOfKey } from '@ormutex/core'
import type { SurveyedLock } from '@ormutex/core/sql'

/** Whose locks are looked at. */
export interface Scope {
  readonly namespace: string
  readonly secret?: string | Uint8Array | undefined
}

/** A lock as the commands show it. */
export interface LockView extends SurveyedLock {
  /** Where the key proves it, or the user has given it. */
  readonly name: string | undefined
  /** What it was taken in, as far as its sessions tell. */
  readonly namespace: string | undefined
  /** Whether that is the namespace that is looked at. */
  readonly isOurs: 'yes' | 'no' | 'unknown'
}

/** What is known of a lock beyond what the server shows. */
export function viewLock(lock: SurveyedLock, { namespace, secret }: Scope): LockView {
  const isOurs = isOfNamespace(lock, namespace, secret)
  const its = isOurs === 'yes' ? namespace : namespaceOf(lock)
  // The secret of another namespace is not known, so it is only tried on one's own.
  const name = its === undefined ? undefined : nameOfKey(lock.key, its, isOurs === 'yes' ? secret : undefined)
  return { ...lock, name, namespace: its, isOurs }
}

/** Those of the namespace and those that may be; all of them where that is asked for. */
export function viewLocks(locks: readonly SurveyedLock[], scope: Scope, isAll: boolean): LockView[] {
  return locks.map((lock) => viewLock(lock, scope)).filter(({ isOurs }) => isAll || isOurs !== 'no')
}

/** The current database is the namespace of applications that name none, so it counts only with a label, which ormutex sets. */
export function namespaceOf({ holder, waiters }: SurveyedLock): string | undefined {
  return [...(holder === null ? [] : [holder]), ...waiters]
    .map(({ namespace, label, database }) => namespace ?? (label === undefined ? undefined : database))
    .find((namespace) => namespace !== undefined)
}
