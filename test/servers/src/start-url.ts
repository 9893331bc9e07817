import { quoted, withConnection } from './account.js'
import type { Flavour } from './flavour.js'
import { testServer } from './running-server.js'
import type { TestServer } from './server.js'

export async function startAtUrl(flavour: Flavour, url: string): Promise<TestServer> {
  const { hostname, port, username, password } = new URL(url)
  const access = {
    host: hostname,
    port: Number(port || 3306),
    user: decodeURIComponent(username),
    password: decodeURIComponent(password),
  }
  const stop = async (_graceful: boolean, databases: readonly string[]) => {
    await withConnection(url, async (connection) => {
      for (const name of databases) await connection.query(`DROP DATABASE IF EXISTS ${quoted(name)}`)
    })
  }
  return testServer({ flavour, source: 'url', access, url, stop })
}
