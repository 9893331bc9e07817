import type { Clock } from '../clock.js'
import type { Query } from './dialect.js'
import { LiveConnection } from './live-connection.js'
import type { SqlSource } from './sql-source.js'

/** Longest time in milliseconds that an answer is waited for: who asks is waited for, and a server that is alive takes less. */
const LONGEST_ANSWER_MS = 1_000

/**
 * Takes a connection of the pool for a moment. One that is lost meanwhile, or leaves a question unanswered for long, is closed, and
 * rejects what was asked.
 */
export async function withFurtherConnection<Connection, Tx, TxOptions extends object>(
  source: SqlSource<Connection, Tx, TxOptions>,
  clock: Clock,
  use: (query: Query) => Promise<void>,
): Promise<void> {
  const live = new LiveConnection(source, await source.pin(), true)
  try {
    await use((sql) => answeredInTime(live, clock, sql))
  } finally {
    if (!live.isOver) live.leave()
  }
}

async function answeredInTime<Connection>(
  live: LiveConnection<Connection>,
  clock: Clock,
  sql: string,
): ReturnType<Query> {
  const limit = clock.after(LONGEST_ANSWER_MS, () =>
    live.lose(new Error(`The server did not answer within ${LONGEST_ANSWER_MS} ms`)),
  )
  try {
    return await live.query(sql)
  } finally {
    limit.stop()
  }
}
