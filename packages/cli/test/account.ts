import { randomBytes } from 'node:crypto'
import type { Flavour, TestServer } from '@ormutex-test/servers'
import { createConnection, type RowDataPacket } from 'mysql2/promise'
import { type Database, openDatabase } from './database.js'

/** Everything that is special in a shell, a URL, or an option file. */
export const PASSWORD = `p@ss:w/o?r#d %'";\\ s3cr3t`
export const USER = 'ormutex_cli'

/** An account with a database of its own, and a password that is hard to write down. */
export interface Account {
  readonly database: Database
  readonly url: URL
  remove(): Promise<void>
}

export async function openAccount(flavour: Flavour): Promise<Account> {
  const database = await openDatabase(flavour)
  await database.query(`CREATE USER ?@'%' IDENTIFIED BY ?`, [USER, PASSWORD])
  await database.query(`GRANT ALL ON ${database.name}.* TO ?@'%'`, [USER])
  const url = new URL(database.url)
  url.username = USER
  url.password = encodeURIComponent(PASSWORD)
  return {
    database,
    url,
    remove: async () => {
      await database.query(`DROP USER ?@'%'`, [USER])
      await database.close()
    },
  }
}

/** Of an account of one test's own with few rights, the same on every server that it is made on. */
export interface Credentials {
  readonly user: string
  readonly password: string
}

export function newCredentials(): Credentials {
  return { user: `plain_${randomBytes(4).toString('hex')}`, password: `geheim_${randomBytes(8).toString('hex')}` }
}

/** Runs statements as the account that may do everything. @returns the rows of the last */
export async function administer(server: TestServer, ...statements: string[]): Promise<RowDataPacket[]> {
  const { host, port, user, password } = server
  const connection = await createConnection({ host, port, user, password })
  try {
    let rows: RowDataPacket[] = []
    for (const statement of statements) [rows] = await connection.query<RowDataPacket[]>(statement)
    return rows
  } finally {
    await connection.end()
  }
}

/** Makes the account, with a right on the server's database and whatever else is granted. */
export async function grantAccount(server: TestServer, { user, password }: Credentials, limits = ''): Promise<void> {
  await administer(
    server,
    `CREATE USER '${user}'@'%' IDENTIFIED BY '${password}' ${limits}`,
    `GRANT SELECT ON \`${server.database}\`.* TO '${user}'@'%'`,
  )
}

export function urlOf({ user, password }: Credentials, port: number, database?: string): string {
  return `mysql://${user}:${password}@127.0.0.1:${port}/${database ?? ''}`
}
