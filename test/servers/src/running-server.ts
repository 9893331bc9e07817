import { newDatabaseName, quoted, serverVersion, withConnection, type Access } from './account.js'
import type { Flavour } from './flavour.js'
import type { Exit } from './guardian-protocol.js'
import type { StopOptions, TestServer } from './server.js'
import type { Source } from './way.js'

export interface Running {
  flavour: Flavour
  source: Source
  access: Access
  /** One that is there already. Default: a new one is made. */
  database?: string | undefined
  /** Which may say more than the access does, such as how to encrypt. */
  url?: string
  /** The server's process, where it is one of this machine. */
  process?: ServerProcess
  setClock?: ((offsetMs: number) => Promise<void>) | undefined
  /** Gets the databases that were created, for servers that outlive this process. */
  stop: (graceful: boolean, databases: readonly string[]) => Promise<void>
}

/** A process that can be ended and started again on its data. */
export interface ServerProcess {
  readonly pid: number | undefined
  readonly exited: Promise<Exit>
  halt: (graceful: boolean) => Promise<Exit>
  resume: () => Promise<void>
}

/** The public face of a server that answers, with a fresh database on it. */
export async function testServer(running: Running): Promise<TestServer> {
  const { access, flavour, source, process } = running
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
  const database = running.database ?? (await createDatabase())
  const url = new URL(running.url ?? urlOf(access))
  url.pathname = `/${database}`
  const ownProcess = () => {
    if (process !== undefined) return process
    throw new Error(
      `expected a server that is a process of this machine, to halt and resume; this one's source is ${source}`,
    )
  }
  return {
    flavour,
    source,
    ...access,
    database,
    version,
    url: url.href,
    get pid() {
      return process?.pid
    },
    exited: process?.exited ?? new Promise<Exit>(() => {}),
    canHalt: process !== undefined,
    createDatabase,
    halt: async ({ graceful = false } = {}) => ownProcess().halt(graceful),
    resume: async () => ownProcess().resume(),
    setClock: running.setClock,
    stop,
  }
}

function urlOf({ host, port, user, password }: Access): string {
  return `mysql://${encodeURIComponent(user)}:${encodeURIComponent(password)}@${host}:${port}`
}
