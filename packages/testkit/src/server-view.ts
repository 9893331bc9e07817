import assert from 'node:assert/strict'
import type { Environment } from './environment.js'
import { eventually } from './support/eventually.js'

/** Whether anybody has a key, as the server says. */
export async function isLocked(environment: Environment, key: string): Promise<boolean> {
  return (await holderId(environment, key)) !== null
}

/** The connection that has a key. */
export async function holderId(environment: Environment, key: string): Promise<string | null> {
  const rows = await environment.control(`SELECT IS_USED_LOCK(_utf8mb4'${key}') AS id`)
  const id = rows[0]?.['id'] as number | bigint | string | null | undefined
  return id === null || id === undefined ? null : String(id)
}

/** The connections that wait for a user-level lock in the suite's database. */
export async function waitingIds(environment: Environment): Promise<string[]> {
  const rows = await environment.control(
    "SELECT ID AS id FROM information_schema.PROCESSLIST WHERE STATE = 'User lock'" +
      ` AND DB = '${environment.server.database}' ORDER BY ID`,
  )
  return rows.map((row) => String(row['id']))
}

/** Resolves when one session waits for a lock at the server, of all that are on the suite's database. */
export async function untilOneWaits(environment: Environment): Promise<void> {
  await eventually(async () => assert.equal((await waitingIds(environment)).length, 1))
}

/**
 * Every user-level lock that a connection in the suite's database has or waits for, as far as the server shows them: MySQL
 * all of them, MariaDB none.
 */
export async function shownLocks(environment: Environment): Promise<string[]> {
  const { flavour, database } = environment.server
  if (flavour === 'mariadb') return []
  const rows = await environment.control(
    'SELECT m.OBJECT_NAME AS name FROM performance_schema.metadata_locks AS m' +
      ' JOIN performance_schema.threads AS t ON t.THREAD_ID = m.OWNER_THREAD_ID' +
      ` WHERE m.OBJECT_TYPE = 'USER LEVEL LOCK' AND t.PROCESSLIST_DB = '${database}'`,
  )
  return rows.map((row) => String(row['name']))
}
