import type { LockEngine } from '@ormutex/core'
import type { SequelizeCallOptions } from './call-options.js'
import type { SequelizeLike, SequelizeTransactionLike } from './sequelize-like.js'

/** The locks of one Sequelize instance. */
export type SequelizeEngine = LockEngine<SequelizeTransactionLike, SequelizeCallOptions>

const engines = new WeakMap<object, SequelizeEngine>()

/** Remembers which instances have named locks, for the models that are defined on them. */
export function attach(sequelize: SequelizeLike, engine: SequelizeEngine): void {
  engines.set(sequelize, engine)
}

/** The locks of an instance, if it has any. */
export function engineOf(sequelize: object): SequelizeEngine | undefined {
  return engines.get(sequelize)
}
