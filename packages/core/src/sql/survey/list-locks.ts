import type { NamedLockEntry } from '../../holder.js'
import type { Dialect, Query } from '../dialect.js'
import { seeLocks } from './see-locks.js'
import type { SurveyedSession } from './surveyed.js'

/** The entries of a survey, without what only a survey tells. */
export async function listLocks(
  query: Query,
  server: Dialect['name'],
  knownKeys: readonly string[],
): Promise<NamedLockEntry[]> {
  const { entries } = await seeLocks(query, server, knownKeys)
  return entries.map(({ key, holder, waiters }) => ({
    key,
    holder: holder === null ? null : plain(holder),
    waiters: waiters.map(plain),
  }))
}

function plain<Session extends SurveyedSession>(surveyed: Session): Omit<Session, keyof SurveyedSession> {
  const { database: _, namespace: __, ...session } = surveyed
  return session
}
