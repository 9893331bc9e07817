import type { PrismaClientLike, QueryableLike } from './prisma-like.js'

/**
 * Longest `maxWait` and `timeout` that Prisma takes, in milliseconds, 24.8 days: it hands them to setTimeout. By default it would
 * end a transaction after 5 s, whatever the lock's own times are.
 */
const LONGEST_TIMEOUT_MS = 2 ** 31 - 1

/** Begins an interactive transaction of a client's, which ends when `run` settles: how long it takes is the core's to decide. */
export function beginTransaction(
  client: PrismaClientLike,
  run: (tx: QueryableLike) => Promise<void>,
  isolationLevel?: string,
): Promise<unknown> {
  return client.$transaction(run, {
    ...(isolationLevel !== undefined && { isolationLevel }),
    maxWait: LONGEST_TIMEOUT_MS,
    timeout: LONGEST_TIMEOUT_MS,
  })
}
