import { createConnection } from 'mysql2/promise'

/** The first value that a server answers a statement with, on a connection of its own. */
export async function ask(url: string, sql: string): Promise<string> {
  const connection = await createConnection({ uri: url })
  try {
    const [rows] = await connection.query({ sql, rowsAsArray: true })
    return String((rows as unknown[][])[0]?.[0])
  } finally {
    await connection.end()
  }
}

export const refuses = (url: string) =>
  ask(url, 'SELECT 1').then(
    () => false,
    () => true,
  )
