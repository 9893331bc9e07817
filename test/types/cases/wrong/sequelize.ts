import { lockOn, namedLocks } from '@ormutex/sequelize'
import { type InferAttributes, type InferCreationAttributes, Model, Sequelize } from 'sequelize'

class Account extends Model<InferAttributes<Account>, InferCreationAttributes<Account>> {
  declare id: number
}
const plain = new Sequelize({ dialect: 'mysql' })
const sequelize = namedLocks(plain)

/** Options of calls. */
await sequelize.withNamedLock('a', async () => 1, { /*! 'timeoutMs' */ timeoutMS: 5_000 })
await sequelize.withNamedLock('a', async () => 1, {
  /*! Type 'string' is not assignable to type 'number' */ timeoutMs: '5s',
})
await sequelize.withNamedLock('a', async () => 1, { /*! ISOLATION_LEVELS */ isolationLevel: 'SNAPSHOT' })
await sequelize.withNamedLock('a', async () => 1, {
  /*! Type 'string' is not assignable to type 'Transaction' */ transaction: 'current',
})
await sequelize.acquireNamedLock('a', {
  /*! 'transaction' does not exist in type 'WaitOptions' */ transaction: await sequelize.transaction(),
})

/** Names and callbacks. */
await sequelize.withNamedLock(/*! Argument of type 'number' */ 42, async () => 1)
await sequelize
  /*! Expected 2-3 arguments, but got 1 */ .withNamedLock('a')

/** Options of namedLocks(), and what has no locks. */
namedLocks(plain, { /*! 'namespace' */ namspace: 'shop' })
namedLocks({ /*! does not exist in type 'Sequelize' */ getConnection: () => {} })

/** Hooks. */
lockOn(Account, /*! "afterUpdate" | LockableHook */ 'afterUpdate', () => 'a')
lockOn(Account, /*! "beforeUpdat" | Did you mean '"beforeUpdate"' */ ['beforeUpdate', 'beforeUpdat'], () => 'a')
lockOn(Account, 'beforeUpdate', (account) => account./*! 'nickname' does not exist on type 'Account' */ nickname)
lockOn(Account, 'beforeUpdate', (account) => /*! Type 'number' is not assignable to type 'Names */ account.id)
lockOn(Account, 'beforeUpdate', () => 'a', { /*! 'timeoutMs' */ timeoutMS: 5 })
lockOn(Account, 'beforeUpdate', () => 'a', { /*! 'signal' does not exist */ signal: new AbortController().signal })
/*! Expected 3-4 arguments, but got 2 */ lockOn(Account, 'beforeUpdate')
lockOn(/*! ModelStatic */ sequelize, 'beforeUpdate', () => 'a')
