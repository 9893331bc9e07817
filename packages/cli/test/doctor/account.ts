import { randomBytes } from 'node:crypto'
import type { TestServer } from '@ormutex-test/servers'
import { createConnection, type RowDataPacket } from 'mysql2/promise'

/** An account of one test's own, the same on every server that it is made on. */
export interface Account {
  readonly user: string
  readonly password: string
}

export function newAccount(): Account {
  return { user: `doctor_${randomBytes(4).toString('hex')}`, password: `geheim_${randomBytes(8).toString('hex')}` }
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
export async function grantAccount(server: TestServer, { user, password }: Account, limits = ''): Promise<void> {
  await administer(
    server,
    `CREATE USER '${user}'@'%' IDENTIFIED BY '${password}' ${limits}`,
    `GRANT SELECT ON \`${server.database}\`.* TO '${user}'@'%'`,
  )
}

export function urlOf({ user, password }: Account, port: number, database?: string): string {
  return `mysql://${user}:${password}@127.0.0.1:${port}/${database ?? ''}`
}
