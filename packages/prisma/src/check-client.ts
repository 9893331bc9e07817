import { describeValue, LockUnsupportedError } from '@ormutex/core'
import type { PrismaClientLike } from './prisma-like.js'

/** What Prisma calls MySQL, and MariaDB. */
const PROVIDER = 'mysql'

/** Refuses what named locks cannot be attached to. @throws {TypeError | LockUnsupportedError} */
export function checkClient(value: unknown): PrismaClientLike {
  const candidate = (value ?? {}) as Partial<PrismaClientLike> & ClientInsides
  const isPrismaClient =
    typeof candidate.$extends === 'function' &&
    typeof candidate.$transaction === 'function' &&
    typeof candidate.$queryRawUnsafe === 'function' &&
    typeof candidate.$executeRawUnsafe === 'function'
  if (!isPrismaClient) {
    throw new TypeError(
      `namedLocks() is an extension for prisma.$extends(…), got ${describeValue(value)} for a PrismaClient`,
    )
  }
  const { _activeProvider: provider } = candidate
  if (typeof provider === 'string' && provider !== PROVIDER) {
    throw new LockUnsupportedError(
      `Named locks need MySQL or MariaDB, provider "mysql" in the Prisma schema; this client's is "${provider}"`,
    )
  }
  if (candidate.$mutex !== undefined)
    throw new TypeError('This PrismaClient already has named locks: $extends was given them twice')
  return candidate as PrismaClientLike
}

/** With the other adapters locks are attached the other way round. @throws {TypeError} */
export function refuseClient(options: object | undefined): void {
  if (typeof (options as Partial<PrismaClientLike> | null | undefined)?.$extends !== 'function') return
  throw new TypeError('namedLocks() takes options, got a PrismaClient: prisma.$extends(namedLocks({ … }))')
}

/** Besides what is public: only read, for an early word. Prisma has no public way to tell, and without it the first call fails. */
interface ClientInsides {
  readonly _activeProvider?: unknown
  /** Ours, if it was attached before. */
  readonly $mutex?: unknown
}
