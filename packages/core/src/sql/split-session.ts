import { randomUUID } from 'node:crypto'
import { toInteger, wereAllReleased } from './answers.js'
import { keyLiteral, type Query, releaseStatement, SESSION_ID, text } from './dialect.js'

/** How long a connection keeps its server session busy while another one asks, in seconds. */
const BUSY_SECONDS = 0.005

/** How often a lock that was left on one of several sessions is tried to be released. */
const RELEASING_TURNS = 4

/** What a proxy is refused with. */
export const SPLIT =
  'A proxy between here and the server sends the statements of one connection to several sessions of the server, so that a lock is ' +
  'not kept by the connection that takes it. Connect to the server itself, or turn that off (session pooling instead of ' +
  'transaction or statement pooling)'

/**
 * Whether the id that a driver was told when it connected is the server's id of the session that answers: then nothing is in between, or
 * nothing that matters. The greeting has room for the low 32 bits of an id only.
 *
 * @param greeted what the driver was told; `undefined` when it does not say
 * @param connectionId what `CONNECTION_ID()` answered, in digits
 */
export function isSameConnectionId(greeted: string | undefined, connectionId: string): boolean {
  if (greeted === connectionId) return true
  if (greeted === undefined || !/^\d+$/.test(greeted) || connectionId === '') return false
  return BigInt.asUintN(32, BigInt(greeted)) === BigInt.asUintN(32, BigInt(connectionId))
}

/**
 * Finds out whether what is between a connection and the server splits sessions, by taking a lock of its own and looking for it. A proxy
 * that keeps a connection on the session that has the lock passes. On one connection alone a pooler that gives it the same session time
 * and again cannot be told from a server: it shows when somebody else uses it, which is what the second one is for.
 *
 * @param first a connection with no transaction open, which would keep it on its session
 * @param second another one; without it, or when it gives no rows, the answer is of less worth
 * @returns the reason to refuse it, or `undefined`
 * @throws what a connection rejects with
 */
export async function splitOf(first: Query, second: Query | undefined): Promise<string | undefined> {
  const key = `ormutex-proof~${randomUUID()}`
  const [taken] = await first(`SELECT GET_LOCK(${keyLiteral(key)}, 0) AS granted, ${SESSION_ID}`)
  const sessionId = toInteger(taken?.['session_id'])
  const look = async (query: Query): Promise<Sight> => {
    const [row] = await query(`SELECT ${text(`IS_USED_LOCK(${keyLiteral(key)})`)} AS holder_id, ${SESSION_ID}`)
    return {
      holderId: toInteger(row?.['holder_id']),
      sessionId: toInteger(row?.['session_id']),
      isTold: row !== undefined,
    }
  }
  // That it is used is enough to know: TiDB tells others no more than that (its manual, "Locking Functions").
  const isKept = (sight: Sight): boolean => sight.holderId !== undefined && sight.sessionId === sessionId
  const isSeenKept = async (): Promise<boolean> => {
    if (!isKept(await look(first))) return false
    // What falls on two sessions in turns may have come round to the same one.
    if (second === undefined) return isKept(await look(first))
    // While the first one asks nothing, the session with the lock is free for the second: a question beside it might be sooner and have it.
    const seen = await look(second)
    const isShared = seen.isTold && (seen.sessionId === sessionId || seen.holderId === undefined)
    return !isShared && isKept(await look(first))
  }
  let isSplit = true
  try {
    isSplit = !(await isSeenKept())
  } finally {
    if (!(await release(key, first))) {
      isSplit = true
      await releaseSomewhere(key, [first, second ?? first])
    }
  }
  return isSplit ? SPLIT : undefined
}

async function release(key: string, query: Query, further = ''): Promise<boolean> {
  const rows = await query(releaseStatement([key]) + further)
  return rows.length > 0 && wereAllReleased(rows)
}

/**
 * What a session keeps that nobody knows how to come to would be there as long as it is. It may come round again, or be had while another
 * one is busy: a pooler gives who asks alone the same one each time.
 */
async function releaseSomewhere(key: string, connections: readonly Query[]): Promise<void> {
  for (let turn = 0; turn < RELEASING_TURNS; turn += 1) {
    for (const connection of connections) if (await release(key, connection)) return
    const busy = connections.map((connection) => release(key, connection, `, 1 + SLEEP(${BUSY_SECONDS}) AS is_told`))
    if ((await Promise.all(busy)).includes(true)) return
  }
}

interface Sight {
  readonly holderId: bigint | undefined
  readonly sessionId: bigint | undefined
  /** False when the connection failed. */
  readonly isTold: boolean
}
