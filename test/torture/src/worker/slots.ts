import type { OpenOptions } from '../applications/application.js'
import { type Adapter, type SourceKind, sourcesOf } from '../applications/sources.js'
import { accountOf, type Role, type ServerPatience, WORKERS } from '../accounts.js'
import { QUERY_TIMEOUT_MS, STATEMENT_LIMIT_MS } from '../limits.js'
import type { WorkerStart } from './protocol.js'

/** Pools of a worker. */
const SLOTS = 2

/** Calls of a worker that go to the same pool at the same time. */
export const TASKS_OF_A_SLOT = 3

export const POOL_SIZE = 3

/** By worker, in their order: as it is by default, off, and long. */
const HAND_OVER_MS = [50, 0, 1_000, 50]

/** Which of all pools have sessions with a limit for statements, unless the driver has one there. */
const LIMITED_PLACES = [2, 5]

/** A pool of a worker. */
export interface Slot {
  readonly kind: SourceKind
  readonly role: Role
  readonly patience: ServerPatience
  readonly options: OpenOptions
}

/** A worker's pools: every kind of source is there on some worker, on which is up to the seed. */
export function slotsOf({ name, adapters, server, access, seed }: WorkerStart): Slot[] {
  const number = WORKERS.indexOf(name as (typeof WORKERS)[number])
  const kinds = kindsFor(adapters, seed)
  return Array.from({ length: SLOTS }, (_, slot) => {
    const place = number * SLOTS + slot
    const role = roleOf(kinds, place)
    const patience = slot > 0 ? 'long' : 'brief'
    return {
      kind: kinds[place]!,
      role,
      patience,
      options: {
        access: { ...access, user: accountOf(name, role, patience) },
        poolSize: POOL_SIZE,
        handOverMs: HAND_OVER_MS[number]!,
        sessionVariables: {
          // What is left on such a session stays for long enough to be found.
          ...(patience === 'long' && { wait_timeout: LONG_WAIT_TIMEOUT_S }),
          ...(role === 'limit' && STATEMENT_LIMIT[server]),
        },
        ...(role === 'timeout' && { queryTimeoutMs: QUERY_TIMEOUT_MS }),
      },
    }
  })
}

const LONG_WAIT_TIMEOUT_S = 60

/** By place: of the first worker's pools, then of the next one's. */
function kindsFor(adapters: readonly Adapter[], seed: number): SourceKind[] {
  const kinds = sourcesOf(adapters)
  return Array.from({ length: WORKERS.length * SLOTS }, (_, place) => kinds[(place + seed) % kinds.length]!)
}

function roleOf(kinds: readonly SourceKind[], place: number): Role {
  // mysql2 alone can be told to give a statement up, on either server.
  if (place === kinds.findLastIndex((kind) => kind === 'mysql2' || kind === 'knex' || kind === 'sequelize'))
    return 'timeout'
  return LIMITED_PLACES.includes(place) ? 'limit' : 'plain'
}

const STATEMENT_LIMIT = {
  mysql: { max_execution_time: STATEMENT_LIMIT_MS },
  mariadb: { max_statement_time: STATEMENT_LIMIT_MS / 1_000 },
}
