import type { TestServer } from '@ormutex-test/servers'
import { ask } from './asking.js'

export const CREATE_COUNTERS = 'CREATE TABLE counters (name VARCHAR(64) PRIMARY KEY, value INT NOT NULL)'

/** Raises a counter by so many in one statement. */
export const raise = (name: string, by: number): string =>
  `INSERT INTO counters VALUES ('${name}', ${by}) ON DUPLICATE KEY UPDATE value = value + ${by}`

/** What is committed on a server. */
export async function counterOn(server: TestServer, name: string): Promise<number | undefined> {
  const rows = await ask<{ value: number }>(server, `SELECT value FROM counters WHERE name = '${name}'`)
  return rows[0]?.value
}
