import { randomBytes } from 'node:crypto'
import { createConnection, type Connection } from 'mysql2/promise'

/** How to reach a server as a user that may do everything. */
export interface Access {
  host: string
  port: number
  user: string
  password: string
}

export const newPassword = () => randomBytes(12).toString('hex')

export const newDatabaseName = () => `ormutex_${randomBytes(5).toString('hex')}`

export const quoted = (name: string) => `\`${name.replaceAll('`', '``')}\``

/** For `--init-file`, which takes one statement a line. What it makes is there before the port is. */
export function initFile(user: string, password: string, statements: readonly string[] = []): string {
  // Over the socket the host is localhost, which in MariaDB's default setup an anonymous account would catch.
  const accounts = ['%', 'localhost'].flatMap((host) => [
    `CREATE USER IF NOT EXISTS '${user}'@'${host}' IDENTIFIED BY '${password}';`,
    `GRANT ALL PRIVILEGES ON *.* TO '${user}'@'${host}' WITH GRANT OPTION;`,
  ])
  return `${[...statements, ...accounts].join('\n')}\n`
}

export async function withConnection<T>(access: Access | string, work: (connection: Connection) => Promise<T>) {
  const connection = await createConnection(typeof access === 'string' ? { uri: access } : { ...access })
  try {
    return await work(connection)
  } finally {
    await connection.end()
  }
}

export async function serverVersion(access: Access | string): Promise<string> {
  return withConnection(access, async (connection) => {
    const [rows] = await connection.query('SELECT VERSION() AS version')
    return (rows as { version: string }[])[0]?.version ?? ''
  })
}
