import { startPeer, startServer, type Flavour } from '@ormutex-test/servers'
import pg from 'pg'
import type { ServerAddresses, ServerKind } from './contender.js'
import { CREATE_COUNTERS } from './database.js'
import type { Screen } from './screen.js'

export const NAMES = { mysql: 'MySQL', mariadb: 'MariaDB', redis: 'Redis', postgresql: 'PostgreSQL' } as const

export interface RunningServers {
  addresses: ServerAddresses
  /** By the server's name. */
  versions: Record<string, string>
  stop: () => Promise<unknown>
}

/** Starts what the contenders need. Each server ends with this process at the latest. */
export async function startServers(
  flavour: Flavour,
  needs: ReadonlySet<ServerKind>,
  { step }: Pick<Screen, 'step'>,
): Promise<RunningServers> {
  const stops: (() => Promise<unknown>)[] = []
  const versions: Record<string, string> = {}
  const start = <Server extends Started>(name: string, starting: (log: Log) => Promise<Server>): Promise<Server> =>
    step(`Starting a ${name} server`, async (log) => {
      let isStarting = true
      // What it says later on would come between the results.
      const server = await starting((line) => isStarting && log(line))
      isStarting = false
      stops.push(() => server.stop())
      versions[name] = server.version
      return server
    })
  const stop = (): Promise<unknown> => Promise.all(stops.map((stopOne) => stopOne()))
  try {
    const { host, port, user, password, database } = await start(NAMES[flavour], (log) => startServer(flavour, { log }))
    const addresses: ServerAddresses = { database: { host, port, user, password, database } }
    if (needs.has('redis')) addresses.redis = (await start(NAMES.redis, (log) => startPeer('redis', { log }))).url
    if (needs.has('postgresql')) {
      addresses.postgresql = (await start(NAMES.postgresql, (log) => startPeer('postgresql', { log }))).url
      await createCounters(addresses.postgresql)
    }
    return { addresses, versions, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

type Log = (line: string) => unknown

interface Started {
  version: string
  stop(): Promise<unknown>
}

async function createCounters(postgresql: string): Promise<void> {
  const client = new pg.Client({ connectionString: postgresql })
  await client.connect()
  for (const statement of CREATE_COUNTERS) await client.query(statement)
  await client.end()
}
