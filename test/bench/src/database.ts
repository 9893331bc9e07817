import { statfs } from 'node:fs/promises'
import { createConnection, type Connection, type RowDataPacket } from 'mysql2/promise'
import type { Access } from './access.js'

/** Rows that contenders update or read. */
const ROWS = ['busy', 'quiet', 'read']

export const CREATE_COUNTERS = [
  'CREATE TABLE counters (name VARCHAR(64) NOT NULL PRIMARY KEY, value INT NOT NULL)',
  `INSERT INTO counters (name, value) VALUES ${ROWS.map((name) => `('${name}', 0)`).join(', ')}`,
]

/** statfs(2): TMPFS_MAGIC. */
const TMPFS = 0x01021994

/** The benchmark's own look at the database, on one connection that nothing measured runs on. */
export class Database {
  readonly #connection: Connection

  private constructor(connection: Connection) {
    this.#connection = connection
  }

  static async open(access: Access): Promise<Database> {
    const connection = await createConnection({ ...access })
    for (const statement of CREATE_COUNTERS) await connection.query(statement)
    return new Database(connection)
  }

  async counter(name: string): Promise<number> {
    const [row] = await this.#rows('SELECT value FROM counters WHERE name = ?', [name])
    return Number(row?.['value'])
  }

  /** How many connections others have to this database. */
  async connections(): Promise<number> {
    const [row] = await this.#rows(
      'SELECT COUNT(*) AS count FROM information_schema.PROCESSLIST WHERE DB = DATABASE() AND ID <> CONNECTION_ID()',
    )
    return Number(row?.['count'])
  }

  /** Where the data directory is: in memory, or on a disk; undefined when that is not on this machine. */
  async storage(): Promise<'tmpfs' | 'disk' | undefined> {
    const [row] = await this.#rows('SELECT @@datadir AS folder')
    try {
      return (await statfs(String(row?.['folder']))).type === TMPFS ? 'tmpfs' : 'disk'
    } catch {
      return undefined
    }
  }

  close(): Promise<void> {
    return this.#connection.end()
  }

  async #rows(sql: string, values: readonly string[] = []): Promise<RowDataPacket[]> {
    const [rows] = await this.#connection.query<RowDataPacket[]>(sql, [...values])
    return rows
  }
}
