import type { Holder, Lock, TryResult } from '@ormutex/core'
import { lockOn, type LockingSequelize, namedLocks } from '@ormutex/sequelize'
import {
  type CreationOptional,
  type DestroyOptions,
  type InferAttributes,
  type InferCreationAttributes,
  Model,
  Sequelize,
  type Transaction,
  Transaction as TransactionClass,
} from 'sequelize'
import { Column, Model as DecoratedModel, Sequelize as DecoratedSequelize, Table } from 'sequelize-typescript'
import { expectType, type Same } from './expect.js'

const plain = new Sequelize({ dialect: 'mysql' })
const sequelize = namedLocks(plain, { namespace: 'shop', defaults: { timeoutMs: 5_000 } })

/** The instance stays what it was: a Sequelize, or what somebody made of it. */
export const stillSequelize: Sequelize = sequelize
class OwnSequelize extends Sequelize {
  readonly tenant = 'shop'
}
const own = namedLocks(new OwnSequelize({ dialect: 'mariadb' }))
expectType<Same<typeof own.tenant, 'shop'>>()
export const passedOn: LockingSequelize = own

/** The callback's transaction is Sequelize's own, and its result is the call's. */
const number = sequelize.withNamedLock('user:42', async (transaction) => {
  expectType<Same<typeof transaction, Transaction>>()
  transaction.afterCommit(() => {})
  return 42
})
expectType<Same<typeof number, Promise<number>>>()
const text = sequelize.withNamedLock('user:42', () => 'sync')
expectType<Same<typeof text, Promise<string>>>()
sequelize
  .withNamedLock(['a', 'b'], (_, lock) => {
    expectType<Same<typeof lock, Lock<readonly ['a', 'b']>>>()
  })
  .catch(() => {})

const tried = sequelize.tryWithNamedLock('user:42', async () => new Date())
expectType<Same<typeof tried, Promise<TryResult<Date>>>>()
export async function narrowed(): Promise<Date | Holder | null> {
  const result = await tried
  return result.acquired ? result.value : result.holder
}
const held = sequelize.acquireNamedLock('deploy')
expectType<Same<typeof held, Promise<Lock<'deploy'>>>>()

/** A transaction is joined by an option, as everywhere in Sequelize; a hook's may be missing. */
sequelize.transaction((transaction) => sequelize.withNamedLock('a', () => 1, { transaction })).catch(() => {})
declare const ofHook: { transaction?: Transaction | null }
sequelize.withNamedLock('a', () => 1, { transaction: ofHook.transaction }).catch(() => {})
sequelize
  .withNamedLock('a', () => 1, {
    isolationLevel: TransactionClass.ISOLATION_LEVELS.READ_COMMITTED,
    type: TransactionClass.TYPES.IMMEDIATE,
    readOnly: true,
    logging: console.log,
    benchmark: true,
    timeoutMs: 300,
  })
  .catch(() => {})
// @ts-expect-error a misspelt option
sequelize.withNamedLock('a', () => 1, { timeout: 300 }).catch(() => {})
// @ts-expect-error not a transaction
sequelize.withNamedLock('a', () => 1, { transaction: 'the current one' }).catch(() => {})
// @ts-expect-error no transaction is begun, and none joined
sequelize.acquireNamedLock('a', { transaction: ofHook.transaction }).catch(() => {})
// @ts-expect-error a pool is no Sequelize
namedLocks({ getConnection: () => {} })

class Account extends Model<InferAttributes<Account>, InferCreationAttributes<Account>> {
  declare id: CreationOptional<number>
  declare balance: number
}

/** The names of a hook's lock are made from the model's own instances. */
const remove = lockOn(Account, ['beforeUpdate', 'beforeDestroy'], (account) => {
  expectType<Same<typeof account, Account>>()
  return `account:${account.id}`
})
expectType<Same<typeof remove, () => void>>()
lockOn(Account, 'beforeBulkCreate', (account) => [`account:${account.id}`, `balance:${account.balance}`])
lockOn(Account, 'beforeUpdate', (account) => (account.balance > 0 ? 'positive' : null), { timeoutMs: 300 })
/** Where rows are known by a condition only, from the operation's options. */
lockOn(Account, 'beforeBulkUpdate', ({ where, attributes }) => {
  expectType<Same<typeof attributes.balance, number | undefined>>()
  return JSON.stringify(where)
})
lockOn(Account, ['beforeDestroy', 'beforeBulkDestroy'], (subject) => {
  expectType<Same<typeof subject, Account | DestroyOptions<InferAttributes<Account>>>>()
  return subject instanceof Account ? `account:${subject.id}` : 'accounts'
})
// @ts-expect-error Account has no such column
lockOn(Account, 'beforeUpdate', (account) => `account:${account.nickname}`)
// @ts-expect-error too late
lockOn(Account, 'afterUpdate', () => 'a')
// @ts-expect-error a name is no number
lockOn(Account, 'beforeUpdate', (account) => account.id)

@Table
class Decorated extends DecoratedModel {
  @Column
  declare owner: string
}

/** Classes in the manner of sequelize-typescript. */
const decorated = namedLocks(new DecoratedSequelize({ dialect: 'mysql', models: [Decorated] }))
decorated.addModels([Decorated])
lockOn(Decorated, 'beforeUpdate', (account) => {
  expectType<Same<typeof account, Decorated>>()
  return account.owner
})
const owner = decorated.withNamedLock('a', async (transaction) => {
  const found = await Decorated.findByPk(1, { transaction, rejectOnEmpty: true })
  return found.owner
})
expectType<Same<typeof owner, Promise<string>>>()
