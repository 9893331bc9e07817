import { delimiter } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { type Access, withConnection } from './account.js'
import { startCluster, stopAll, type ClusterOptions } from './cluster.js'
import { galeraProvider } from './galera-provider.js'
import { silent } from './log.js'
import type { TestServer } from './server.js'

const POLL_MS = 50

/** The folder of `wsrep_sst_copy`, which a server looks for on its PATH. */
const STATE_TRANSFER_FOLDER = fileURLToPath(new URL('../src/state-transfer', import.meta.url))

/** A node that says nothing is given up within two to three seconds; Galera's defaults take five to fifteen. */
const FAST_SUSPICION = [
  'evs.keepalive_period=PT0.3S',
  'evs.inactive_check_period=PT0.2S',
  'evs.suspect_timeout=PT1S',
  'evs.inactive_timeout=PT3S',
]

export interface GaleraOptions extends ClusterOptions {
  /** How many nodes, at least 1. Default: 2. */
  nodes?: number
}

/** A Galera cluster of MariaDB servers on 127.0.0.1 with one account and one database. It ends with this process at the latest. */
export interface GaleraCluster {
  /** One that was halted and is resumed joins the cluster again; there has to be one that runs. */
  readonly nodes: readonly TestServer[]
  /** Ends all nodes and removes their data. Idempotent. */
  stop(): Promise<void>
}

/**
 * Starts a real Galera cluster and answers when every node is synced. MariaDB is the one that is installed, or else the
 * distribution's package; so is Galera's library. A server at a URL or in a container cannot be made a node.
 *
 * @example
 * const cluster = await startGalera()
 * const [one, other] = cluster.nodes
 * await cluster.stop()
 */
export async function startGalera({ nodes = 2, ...options }: GaleraOptions = {}): Promise<GaleraCluster> {
  if (!Number.isInteger(nodes) || nodes < 1) throw new RangeError(`expected a number of nodes from 1, got ${nodes}`)
  const provider = await galeraProvider(options.log ?? silent)
  const plan = {
    what: 'Galera cluster',
    flavour: 'mariadb',
    count: nodes,
    innerPorts: 2,
    unshared: 'SET SESSION wsrep_on = OFF',
    member: (index: number, ports: readonly (readonly number[])[]) => {
      const [groupPort, transferPort] = ports[index]!
      const everybody = `gcomm://${ports.map(([port]) => `127.0.0.1:${port}`).join(',')}`
      return {
        settings: {
          'binlog-format': 'ROW',
          'innodb-autoinc-lock-mode': 2,
          'wsrep-on': 'ON',
          'wsrep-provider': provider,
          'wsrep-cluster-name': 'ormutex',
          // With nobody named, the first node begins the cluster.
          'wsrep-cluster-address': index === 0 ? 'gcomm://' : everybody,
          'wsrep-node-address': '127.0.0.1',
          'wsrep-node-name': `node-${index + 1}`,
          'wsrep-sst-method': 'copy',
          'wsrep-provider-options': [
            `gmcast.listen_addr=tcp://127.0.0.1:${groupPort}`,
            `ist.recv_addr=127.0.0.1:${transferPort}`,
            'gcache.size=8M',
            ...FAST_SUSPICION,
          ].join(';'),
        },
        resumeSettings: { 'wsrep-cluster-address': everybody },
        ask: takesPart,
        environment: { PATH: [STATE_TRANSFER_FOLDER, process.env['PATH']].join(delimiter) },
      }
    },
    form: async (servers: readonly TestServer[]) => {
      await Promise.all(servers.map((server) => synced(server, nodes)))
    },
  } as const
  const servers = await startCluster(plan, options)
  let stopping: Promise<void> | undefined
  return { nodes: servers, stop: () => (stopping ??= stopAll(servers)) }
}

/** A node tells its version before it is one, and refuses everything else. */
async function takesPart(access: Access): Promise<void> {
  await withConnection(access, async (connection) => {
    const [rows] = await connection.query("SHOW STATUS LIKE 'wsrep_ready'")
    const [{ Value } = { Value: 'not known' }] = rows as { Value: string }[]
    if (Value !== 'ON') throw new Error(`wsrep_ready is ${Value}`)
  })
}

async function synced(server: TestServer, size: number): Promise<void> {
  await withConnection(server.url, async (connection) => {
    for (;;) {
      const [rows] = await connection.query(
        "SHOW STATUS WHERE Variable_name IN ('wsrep_cluster_size', 'wsrep_cluster_status', 'wsrep_local_state_comment')",
      )
      const values = (rows as { Value: string }[]).map((row) => row.Value)
      if ([String(size), 'Primary', 'Synced'].every((value) => values.includes(value))) return
      await sleep(POLL_MS)
    }
  })
}
