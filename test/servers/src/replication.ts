import { withConnection } from './account.js'
import { startCluster, stopAll, type ClusterOptions } from './cluster.js'
import type { TestServer } from './server.js'
import { LOGGED_CHANGES } from './server-settings.js'

const CATCH_UP_S = 30

/** A MySQL server and its replica, on 127.0.0.1 with one account and one database. They end with this process at the latest. */
export interface Replication {
  readonly primary: TestServer
  /** Read-only even to accounts that may do everything, as operators set it: `super_read_only`. */
  readonly replica: TestServer
  /** Answers when the replica has all that the primary has at the time of asking. */
  caughtUp(): Promise<void>
  /** Makes the replica a server of its own that is written to. The primary is left as it is. */
  promote(): Promise<void>
  /** Ends both and removes their data. Idempotent. */
  stop(): Promise<void>
}

/**
 * Starts a real MySQL primary with a real replica and answers when that replicates. MySQL is the one that is installed, or else
 * the distribution's package. A server at a URL or in a container cannot be made one of the two.
 *
 * @example
 * const { primary, replica, promote, stop } = await startReplica()
 */
export async function startReplica(options: ClusterOptions = {}): Promise<Replication> {
  const plan = {
    what: 'primary with a replica',
    flavour: 'mysql',
    count: 2,
    innerPorts: 0,
    unshared: 'SET SESSION sql_log_bin = 0',
    member: (index: number) => ({ settings: { ...LOGGED_CHANGES, 'server-id': index + 1 } }),
    form: ([primary, replica]: readonly TestServer[]) => replicate(primary!, replica!),
  } as const
  const servers = await startCluster(plan, options)
  const [primary, replica] = servers as [TestServer, TestServer]
  let stopping: Promise<void> | undefined
  return {
    primary,
    replica,
    caughtUp: () => caughtUp(primary, replica),
    promote: () => promote(replica),
    stop: () => (stopping ??= stopAll(servers)),
  }
}

async function replicate(primary: TestServer, replica: TestServer): Promise<void> {
  await withConnection(replica.url, async (connection) => {
    await connection.query(
      'CHANGE REPLICATION SOURCE TO SOURCE_HOST = ?, SOURCE_PORT = ?, SOURCE_USER = ?, SOURCE_PASSWORD = ?,' +
        ' SOURCE_AUTO_POSITION = 1, GET_SOURCE_PUBLIC_KEY = 1, SOURCE_CONNECT_RETRY = 1',
      [primary.host, primary.port, primary.user, primary.password],
    )
    await connection.query('START REPLICA')
    await connection.query('SET GLOBAL super_read_only = ON')
  })
  // Nothing but a change that arrives shows that it works.
  const probe = await primary.createDatabase()
  await caughtUp(primary, replica)
  await withConnection(primary.url, (connection) => connection.query(`DROP DATABASE ${probe}`))
}

async function caughtUp(primary: TestServer, replica: TestServer): Promise<void> {
  const executed = await withConnection(primary.url, async (connection) => {
    const [rows] = await connection.query('SELECT @@gtid_executed AS executed')
    return (rows as { executed: string }[])[0]!.executed
  })
  await withConnection(replica.url, async (connection) => {
    const [rows] = await connection.query('SELECT WAIT_FOR_EXECUTED_GTID_SET(?, ?) AS late', [executed, CATCH_UP_S])
    if ((rows as { late: number }[])[0]!.late !== 0) throw new Error(`the replica is ${CATCH_UP_S} s behind`)
  })
}

async function promote(replica: TestServer): Promise<void> {
  await withConnection(replica.url, async (connection) => {
    await connection.query('STOP REPLICA')
    await connection.query('RESET REPLICA ALL')
    // Clears super_read_only, too.
    await connection.query('SET GLOBAL read_only = OFF')
  })
}
