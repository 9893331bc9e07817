import type { LockView } from './lock-view.js'

/**
 * Why `?` stands for the time of a session that is shown otherwise: only MySQL does that, to accounts that may not read performance_schema, for
 * a session that runs no statement. Nothing where no time is missing so.
 */
export function describeUntoldTimes(locks: readonly LockView[]): string | undefined {
  const isUntold = locks.some(({ holder, waiters }) =>
    [{ user: holder?.user, ms: holder?.heldMs }, ...waiters.map(({ user, waitedMs }) => ({ user, ms: waitedMs }))].some(
      ({ user, ms }) => user !== undefined && ms === undefined,
    ),
  )
  return isUntold ? UNTOLD : undefined
}

const UNTOLD =
  '? under FOR stands for a time that is not shown: for how long a session has been idle, MySQL tells only accounts that may read ' +
  'performance_schema. GRANT SELECT ON performance_schema.* shows it.'
