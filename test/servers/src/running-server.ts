import { newDatabaseName, quoted, serverVersion, withConnection, type Access } from './account.js'
import type { Flavour } from './flavour.js'
import type { Exit } from './guardian-protocol.js'
import type { StopOptions, TestServer } from './server.js'
import type { Source } from './way.js'

export interface Running {
  flavour: Flavour
  source: Source
  access: Access
  /** Which may say more than the access does, such as how to encrypt. */
  url?: string
  pid?: number
  exited?: Promise<Exit>
  /** Gets the databases that were created, for servers that outlive this process. */
  stop: (graceful: boolean, databases: readonly string[]) => Promise<void>
}

/** The public face of a server that answers, with a fresh database on it. */
export async function testServer(running: Running): Promise<TestServer> {
  const { access, flavour, source, pid } = running
  const target = running.url ?? access
  const databases: string[] = []
  const createDatabase = async (name = newDatabaseName()) => {
    await withConnection(target, (connection) => connection.query(`CREATE DATABASE ${quoted(name)}`))
    databases.push(name)
    return name
  }
  let stopping: Promise<void> | undefined
  const stop = ({ graceful = false }: StopOptions = {}) => (stopping ??= running.stop(graceful, databases))

  const version = await serverVersion(target)
  const database = await createDatabase()
  const url = new URL(running.url ?? urlOf(access))
  url.pathname = `/${database}`
  const exited = running.exited ?? new Promise<Exit>(() => {})
  return { flavour, source, ...access, database, version, url: url.href, pid, exited, createDatabase, stop }
}

function urlOf({ host, port, user, password }: Access): string {
  return `mysql://${encodeURIComponent(user)}:${encodeURIComponent(password)}@${host}:${port}`
}
