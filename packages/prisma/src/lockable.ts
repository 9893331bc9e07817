import { describeValue, LockUnsupportedError } from '@ormutex/core'
import type { AdapterFactoryLike } from './adapter-like.js'
import { linkTo } from './adapter-link.js'

const lockables = new WeakSet<object>()

/**
 * Lets locks use the connections of a driver adapter directly, and returns that same adapter. Without it, `$mutex` has to do with what
 * Prisma's client can do; with it
 *
 * - the lock is there before BEGIN,
 * - `lock.signal` aborts and the call rejects as soon as the connection dies, not with the next statement,
 * - `tx.$mutex` joins any interactive transaction,
 * - waits and holds end within their time even where the pool has no other connection left,
 * - `maxWaiters` follows from the pool's size,
 * - and a call costs two round trips less.
 *
 * @param adapter a `PrismaMariaDb` of `@prisma/adapter-mariadb`, before the client connects
 * @throws {LockUnsupportedError} (`LOCK_UNSUPPORTED`) for another adapter
 * @throws {TypeError} for what is no adapter
 * @example
 * const adapter = lockable(new PrismaMariaDb(process.env.DATABASE_URL!))
 * const prisma = new PrismaClient({ adapter }).$extends(namedLocks())
 */
export function lockable<Adapter extends AdapterFactoryLike>(adapter: Adapter): Adapter {
  checkAdapter(adapter)
  if (lockables.has(adapter)) return adapter
  lockables.add(adapter)
  const connect = adapter.connect.bind(adapter)
  adapter.connect = async () => {
    const connected = await connect()
    try {
      linkTo(connected)
    } catch (error) {
      await connected.dispose()
      throw error
    }
    return connected
  }
  return adapter
}

function checkAdapter(value: unknown): void {
  const { provider, adapterName, connect } = (value ?? {}) as Partial<AdapterFactoryLike>
  if (typeof connect !== 'function' || typeof provider !== 'string') {
    throw new TypeError(`lockable() needs a driver adapter, new PrismaMariaDb(…), got ${describeValue(value)}`)
  }
  if (adapterName !== '@prisma/adapter-mariadb') {
    throw new LockUnsupportedError(
      `lockable() needs PrismaMariaDb of @prisma/adapter-mariadb, got ${adapterName} for ${provider}`,
    )
  }
}
