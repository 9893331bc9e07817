import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { withConnection } from './account.js'
import { startCluster, stopAll, type ClusterOptions } from './cluster.js'
import { primaryOf } from './group-primary.js'
import { LOGGED_CHANGES } from './server-settings.js'
import type { TestServer } from './server.js'

const POLL_MS = 50

export type GroupMode = 'single-primary' | 'multi-primary'

export interface GroupOptions extends ClusterOptions {
  /** How many members, from 1 to 9. Default: 3. */
  members?: number
  /** Whether all but one member are read-only, or none is. Default: `single-primary`. */
  mode?: GroupMode
}

/**
 * A group of MySQL servers under Group Replication, on 127.0.0.1 with one account and one database. They end with this
 * process at the latest. A member that is silent for about five seconds, which nothing can shorten, is expelled at once.
 */
export interface ReplicationGroup {
  /** One that was halted and is resumed is outside of the group. */
  readonly members: readonly TestServer[]
  /** Which member is the primary now, as most of those that answer see it. That there is none is an error. */
  primary(): Promise<TestServer>
  /** Makes a member the primary and answers when it is. `timeoutS`: after so many seconds what still runs on the old one is cut off. */
  switchPrimary(to: TestServer, options?: { timeoutS?: number }): Promise<void>
  /** Ends all members and removes their data. Idempotent. */
  stop(): Promise<void>
}

/**
 * Starts a real Group Replication group and answers when every member is online. MySQL is the one that is installed, or else
 * the distribution's package, and has to have the plugin. A server at a URL or in a container cannot be made a member.
 *
 * @example
 * const group = await startGroup()
 * const primary = await group.primary()
 */
export async function startGroup(options: GroupOptions = {}): Promise<ReplicationGroup> {
  const { members = 3, mode = 'single-primary', ...rest } = options
  if (!Number.isInteger(members) || members < 1 || members > 9) {
    throw new RangeError(`expected a number of members from 1 to 9, got ${members}`)
  }
  const name = randomUUID()
  const plan = {
    what: `${mode} group`,
    flavour: 'mysql',
    count: members,
    innerPorts: 1,
    unshared: 'SET SESSION sql_log_bin = 0',
    member: (index: number, ports: readonly (readonly number[])[]) => {
      const addresses = ports.map(([port]) => `127.0.0.1:${port}`)
      return { settings: { ...LOGGED_CHANGES, 'server-id': index + 1, ...groupSettings(name, mode, addresses, index) } }
    },
    form,
  } as const
  const servers = await startCluster(plan, rest)
  let stopping: Promise<void> | undefined
  return {
    members: servers,
    primary: () => primaryOf(servers),
    switchPrimary: (to, { timeoutS } = {}) => switchPrimary(to, timeoutS),
    stop: () => (stopping ??= stopAll(servers)),
  }
}

function groupSettings(name: string, mode: GroupMode, addresses: readonly string[], index: number) {
  const isSingle = mode === 'single-primary'
  const group = {
    'group-name': name,
    'local-address': addresses[index]!,
    'group-seeds': addresses.join(','),
    'ip-allowlist': '127.0.0.1',
    'start-on-boot': 'OFF',
    'recovery-get-public-key': 'ON',
    'member-expel-timeout': 0,
    'single-primary-mode': isSingle ? 'ON' : 'OFF',
    'enforce-update-everywhere-checks': isSingle ? 'OFF' : 'ON',
  }
  return {
    'report-host': '127.0.0.1',
    'plugin-load-add': 'group_replication.so',
    ...Object.fromEntries(Object.entries(group).map(([key, value]) => [`group-replication-${key}`, value])),
  }
}

async function form(servers: readonly TestServer[]): Promise<void> {
  const [first, ...others] = servers
  await withConnection(first!.url, async (connection) => {
    await connection.query('SET GLOBAL group_replication_bootstrap_group = ON')
    await connection.query(startStatement(first!))
    await connection.query('SET GLOBAL group_replication_bootstrap_group = OFF')
  })
  await Promise.all(
    others.map((server) => withConnection(server.url, (connection) => connection.query(startStatement(server)))),
  )
  await Promise.all(servers.map((server) => seesOnline(server, servers.length)))
}

const startStatement = ({ user, password }: TestServer) =>
  `START GROUP_REPLICATION USER = '${user}', PASSWORD = '${password}'`

async function seesOnline(server: TestServer, count: number): Promise<void> {
  await withConnection(server.url, async (connection) => {
    for (;;) {
      const [rows] = await connection.query(
        "SELECT COUNT(*) AS online FROM performance_schema.replication_group_members WHERE MEMBER_STATE = 'ONLINE'",
      )
      if ((rows as { online: number }[])[0]!.online === count) return
      await sleep(POLL_MS)
    }
  })
}

async function switchPrimary(to: TestServer, timeoutS: number | undefined): Promise<void> {
  await withConnection(to.url, async (connection) => {
    const timeout = timeoutS === undefined ? '' : `, ${timeoutS}`
    await connection.query(`SELECT group_replication_set_as_primary(@@server_uuid${timeout})`)
  })
}
