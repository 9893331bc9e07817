import { describeValue, LockUnsupportedError } from '@ormutex/core'
import { engineOf } from './attached.js'
import type { SequelizeLike } from './sequelize-like.js'

/** Refuses what named locks cannot be attached to. @throws {TypeError | LockUnsupportedError} */
export function checkSequelize(value: unknown): SequelizeLike {
  const candidate = value as (Partial<SequelizeLike> & Sequelize7Like) | null | undefined
  // First: the pool of Sequelize 7 is elsewhere, and looking for it here throws.
  if (typeof candidate?.getCurrentClsTransaction === 'function') {
    throw new TypeError('namedLocks() needs an instance of Sequelize 6, got one of Sequelize 7 (@sequelize/core)')
  }
  const isSequelize =
    typeof candidate?.transaction === 'function' &&
    typeof candidate.getDialect === 'function' &&
    typeof candidate.connectionManager?.getConnection === 'function'
  if (!isSequelize) {
    throw new TypeError(`namedLocks() needs an instance of Sequelize 6, got ${describeValue(value)}`)
  }
  const dialect = candidate.getDialect!()
  if (dialect !== 'mysql' && dialect !== 'mariadb') {
    throw new LockUnsupportedError(
      `Named locks need MySQL or MariaDB through Sequelize's dialect 'mysql' or 'mariadb', this instance uses ${dialect}`,
    )
  }
  if (engineOf(candidate) !== undefined) {
    throw new TypeError(
      'This Sequelize instance already has named locks: namedLocks() has returned it, use it as it is',
    )
  }
  return candidate as SequelizeLike
}

/** What only Sequelize 7 has. */
interface Sequelize7Like {
  readonly getCurrentClsTransaction?: unknown
}
