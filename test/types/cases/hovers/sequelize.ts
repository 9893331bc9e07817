import { lockOn, namedLocks } from '@ormutex/sequelize'
import { Model, Sequelize, Transaction } from 'sequelize'

class Account extends Model {
  declare id: number
}
const sequelize = /*? returns that same | @throws | LOCK_UNSUPPORTED | @example */ namedLocks(
  new Sequelize({ dialect: 'mysql' }),
  {
    /*? @default the current database */ namespace: 'shop',
  },
)

await sequelize
  /*? pins a connection | LOCK_NO_TRANSACTION | @example */ .withNamedLock(
    'user:42',
    async (_, lock) => lock./*? Grows */ token,
    {
      /*? milliseconds | @default 10000 */ timeoutMs: 5_000,
      /*? LOCK_NO_TRANSACTION | @default the CLS transaction */ transaction: await sequelize.transaction(),
      isolationLevel: Transaction.ISOLATION_LEVELS.READ_COMMITTED,
    },
  )
await sequelize
  /*? without waiting | LOCK_NO_TRANSACTION */ .tryWithNamedLock('a', () => 1)
await sequelize
  /*? with no transaction open */ .acquireNamedLock('a', { /*? 0 turns that off */ keepAliveMs: 0 })
/*? in hooks of a model | LOCK_NO_TRANSACTION | @example */ lockOn(
  Account,
  'beforeUpdate',
  (account) => `account:${account.id}`,
  {
    /*? milliseconds | @default 10000 */ timeoutMs: 5_000,
  },
)
