import { setTimeout as sleep } from 'node:timers/promises'
import type { TestServer } from '@ormutex-test/servers'
import { createConnection, type Connection, type RowDataPacket } from 'mysql2/promise'

const POLL_MS = 50

/** The rows that a server answers a statement with, on a connection of its own. */
export async function ask<Row extends object>({ url }: TestServer, sql: string): Promise<Row[]> {
  return withConnection(url, async (connection) => (await connection.query<(Row & RowDataPacket)[]>(sql))[0])
}

async function withConnection<T>(url: string, work: (connection: Connection) => Promise<T>): Promise<T> {
  const connection = await createConnection({ uri: url })
  try {
    return await work(connection)
  } finally {
    connection.destroy()
  }
}

/** What each server answers GET_LOCK of one name with, while all connections that asked are open. */
export async function grantsOf(servers: readonly TestServer[]): Promise<number[]> {
  const connections = await Promise.all(servers.map(({ url }) => createConnection({ uri: url })))
  try {
    const answers = connections.map((connection) =>
      connection.query<RowDataPacket[]>("SELECT GET_LOCK('same', 0) AS granted"),
    )
    return (await Promise.all(answers)).map(([rows]) => Number(rows[0]?.['granted']))
  } finally {
    for (const connection of connections) connection.destroy()
  }
}

/** Asks again and again until there is an answer; what it throws meanwhile is no answer. */
export async function eventually<T>(what: string, look: () => Promise<T | undefined>, timeoutMs = 30_000): Promise<T> {
  const deadline = performance.now() + timeoutMs
  let last: unknown
  while (performance.now() < deadline) {
    try {
      const answer = await look()
      if (answer !== undefined) return answer
    } catch (error) {
      last = error
    }
    await sleep(POLL_MS)
  }
  throw new Error(`expected within ${timeoutMs / 1_000} s: ${what}`, { cause: last })
}
