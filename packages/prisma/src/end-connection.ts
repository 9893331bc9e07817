import { isConnectionGone, type Row } from '@ormutex/core/sql'
import { beginTransaction } from './begin-transaction.js'
import { driverErrorOf, isBeforeDisconnect, isTransactionOver } from './driver-errors.js'
import type { PrismaClientLike, QueryableLike } from './prisma-like.js'
import type { OwnStatements } from './watched-client.js'

/** How long a connection may take to end itself, in milliseconds, before it is taken for busy and ended from another one. */
const BUSY_MS = 20

/** How soon ending a connection from another one is tried again, in milliseconds: with its lock it must not go back into the pool. */
const AGAIN_MS = 1_000

/** A connection that an interactive transaction keeps out of Prisma's pool. */
export interface KeptConnection {
  readonly threadId: string
  readonly tx: QueryableLike
  readonly own: OwnStatements
  /** What sends statements on other connections. */
  readonly root: PrismaClientLike
}

/**
 * Ends such a connection on the server, which takes back its locks and rolls back: on itself, behind whatever runs on it, and when that
 * takes long from another one. Resolves when it is dead.
 *
 * @returns `rest` resolves when nothing of it is under way any more; what was to end it from elsewhere may wait for a connection yet
 */
export async function endConnection(connection: KeptConnection): Promise<{ readonly rest: Promise<void> }> {
  let isDead = false
  let rest = Promise.resolve()
  const busy = setTimeout(() => {
    rest = killFromElsewhere(connection, () => isDead).catch(() => {})
  }, BUSY_MS)
  try {
    await connection.own.send(() => connection.tx.$executeRawUnsafe('KILL CONNECTION_ID()'))
    isDead = true
  } catch (error) {
    isDead = isDeadBy(error)
  } finally {
    clearTimeout(busy)
  }
  // Not sent, whoever was in the way, or Prisma has put the connection back into its pool already: with whatever lock it has.
  while (!isDead) {
    try {
      await killFromElsewhere(connection, () => false)
      isDead = true
    } catch {
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MS).unref())
    }
  }
  return { rest }
}

async function killFromElsewhere({ root, threadId }: KeptConnection, isDead: () => boolean): Promise<void> {
  await beginTransaction(root, async (tx) => {
    // By the time that another connection was to be had, the id may be somebody else's.
    if (isDead()) return
    const sessions = `SELECT ID FROM information_schema.PROCESSLIST WHERE ID = ${threadId}`
    const rows = (await tx.$queryRawUnsafe(sessions)) as readonly Row[]
    if (rows.length > 0 && !isDead()) await tx.$executeRawUnsafe(`KILL ${threadId}`)
  })
}

/** ER_QUERY_INTERRUPTED: what a connection of MySQL that ends itself is answered with. */
const ER_QUERY_INTERRUPTED = 1317

/** Whether the answer to a KILL of the connection itself shows that it is dead, or will be in a moment. */
function isDeadBy(error: unknown): boolean {
  // In Prisma's pool it is alive; from before a disconnect there is no pool any more.
  if (isTransactionOver(error)) return isBeforeDisconnect(error)
  const original = driverErrorOf(error)
  return (original as { readonly errno?: unknown }).errno === ER_QUERY_INTERRUPTED || isConnectionGone(original)
}
