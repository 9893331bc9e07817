import { accountOf, PATIENCES, ROLES, WORKERS } from '../accounts.js'
import type { LedgerEvent, Unstamped } from '../history/events.js'
import { NAMES } from '../names.js'
import type { Line } from './line.js'

/** The tables, and an account for each kind of connection of each worker. */
export async function createDatabase(line: Line, password: string): Promise<void> {
  await line.query(
    'CREATE TABLE counters (name VARCHAR(64) PRIMARY KEY, v INT NOT NULL, token BIGINT NOT NULL DEFAULT 0)',
  )
  await line.query('INSERT INTO counters (name, v) VALUES ?', [NAMES.map((name) => [name, 0])])
  // No unique key on what was read: it is the lock that has to keep that from occurring twice.
  await line.query(
    `CREATE TABLE ledger (op_id VARCHAR(64) PRIMARY KEY, name VARCHAR(64) NOT NULL, read_v INT NOT NULL,
       connection_id VARCHAR(20) NOT NULL, token BIGINT NOT NULL)`,
  )
  for (const worker of WORKERS) {
    for (const role of ROLES) {
      for (const patience of PATIENCES) {
        const account = accountOf(worker, role, patience)
        await line.query(`CREATE USER '${account}'@'%' IDENTIFIED BY ?`, [password])
        await line.query(`GRANT ALL ON *.* TO '${account}'@'%'`)
      }
    }
  }
}

interface LedgerRow {
  readonly op_id: string
  readonly name: string
  readonly read_v: number
  readonly connection_id: string
  readonly token: string
}

/** The ledger as it is at this moment. */
export async function ledgerEvents(line: Line): Promise<Unstamped<LedgerEvent>[]> {
  const rows = await line.query<LedgerRow>(
    'SELECT op_id, name, read_v, connection_id, CAST(token AS CHAR) AS token FROM ledger',
  )
  return rows.map(({ op_id, name, read_v, connection_id, token }) => ({
    type: 'ledger',
    op: op_id.slice(0, -name.length - 1),
    name,
    readValue: read_v,
    session: connection_id,
    token,
  }))
}

/** Calls that have committed. */
export async function readCommitted(line: Line): Promise<Set<string>> {
  const rows = await line.query<{ op: string }>("SELECT DISTINCT SUBSTRING_INDEX(op_id, '/', 1) AS op FROM ledger")
  return new Set(rows.map(({ op }) => op))
}

export function readCounters(line: Line): Promise<{ name: string; v: number }[]> {
  return line.query('SELECT name, v FROM counters')
}

/** A user-level lock that a session holds or waits for. */
export interface LockRow {
  readonly key: string
  readonly status: 'GRANTED' | 'PENDING'
  readonly session: string
  /** Empty where the server does not tell: MariaDB of a session that is ending, now and then (measured on 10.11.19). */
  readonly account: string
}

export async function readLocks(line: Pick<Line, 'query'>): Promise<LockRow[]> {
  const rows = await line.query<Omit<LockRow, 'account'> & { readonly account: string | null }>(
    `SELECT l.OBJECT_NAME AS \`key\`, l.LOCK_STATUS AS status, CAST(t.PROCESSLIST_ID AS CHAR) AS session,
            t.PROCESSLIST_USER AS account
       FROM performance_schema.metadata_locks l
       JOIN performance_schema.threads t ON t.THREAD_ID = l.OWNER_THREAD_ID
      WHERE l.OBJECT_TYPE = 'USER LEVEL LOCK'`,
  )
  return rows.map(({ account, ...lock }) => ({ ...lock, account: account ?? '' }))
}

/** Sessions that have a transaction open. */
export function readTransactions(line: Line): Promise<{ session: string }[]> {
  return line.query(
    'SELECT CAST(trx_mysql_thread_id AS CHAR) AS session FROM information_schema.innodb_trx WHERE trx_mysql_thread_id > 0',
  )
}

/** The account of a session, undefined when it is gone. */
export async function accountOfSession(line: Line, session: string): Promise<string | undefined> {
  const rows = await line.query<{ user: string }>(
    'SELECT USER AS user FROM information_schema.processlist WHERE ID = ?',
    [Number(session)],
  )
  return rows[0]?.user
}

/** The name that a key was made from: these keys begin with it. */
export function nameOf(key: string): string {
  return key.split('~')[0]!
}
