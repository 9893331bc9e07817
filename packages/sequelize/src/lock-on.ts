import { describeValue, LockNoTransactionError, type Names, type WaitOptions } from '@ormutex/core'
import type { Attributes, DestroyOptions, Model, ModelStatic, RestoreOptions, UpdateOptions } from 'sequelize'
import { engineOf } from './attached.js'
import { currentTransaction } from './cls.js'
import { GatheredLocks } from './gathered-locks.js'
import { acceptTransaction } from './joining.js'
import type { SequelizeLike, SequelizeTransactionLike } from './sequelize-like.js'

/**
 * Hooks that tell of rows by a condition, and what they get.
 *
 * @typeParam M the model
 */
export interface ConditionHooks<M extends Model> {
  /** Of `Account.update(values, { where })`: its options, and the values as `attributes`. */
  readonly beforeBulkUpdate: UpdateOptions<Attributes<M>> & { readonly attributes: Partial<Attributes<M>> }
  /** Of `Account.destroy({ where })`: its options. */
  readonly beforeBulkDestroy: DestroyOptions<Attributes<M>>
  /** Of `Account.restore({ where })`: its options. */
  readonly beforeBulkRestore: RestoreOptions<Attributes<M>>
}

/** Hooks that run before something is written. */
export type LockableHook =
  | 'beforeCreate'
  | 'beforeUpdate'
  | 'beforeSave'
  | 'beforeDestroy'
  | 'beforeRestore'
  | 'beforeUpsert'
  | 'beforeBulkCreate'
  | keyof ConditionHooks<Model>

/** What names are made from: an instance, or for hooks that tell of rows by a condition their options. */
export type HookSubject<M extends Model, Hook extends LockableHook> = Hook extends keyof ConditionHooks<M>
  ? ConditionHooks<M>[Hook]
  : M

/** Options of `lockOn`: those of any call but `signal`, since they serve many calls. */
export type HookLockOptions = Omit<WaitOptions, 'signal'>

/** A hook's arguments, taken apart. */
interface HookCall {
  readonly subjects: readonly unknown[]
  readonly options: { readonly transaction?: object | null | undefined; readonly instance?: unknown }
}

const onInstance = (instance: unknown, options: HookCall['options']): HookCall => ({ subjects: [instance], options })
const onInstances = (instances: readonly unknown[], options: HookCall['options']): HookCall => ({
  subjects: instances,
  options,
})
const onCondition = (options: HookCall['options']): HookCall => ({ subjects: [options], options })
/** Gets plain values; the instance that Sequelize built of them is in the options. */
const onUpsert = (_values: unknown, options: HookCall['options']): HookCall => ({
  subjects: [options.instance],
  options,
})

const HOOKS: Readonly<Record<LockableHook, (...args: never[]) => HookCall>> = {
  beforeCreate: onInstance,
  beforeUpdate: onInstance,
  beforeSave: onInstance,
  beforeDestroy: onInstance,
  beforeRestore: onInstance,
  beforeUpsert: onUpsert,
  beforeBulkCreate: onInstances,
  beforeBulkUpdate: onCondition,
  beforeBulkDestroy: onCondition,
  beforeBulkRestore: onCondition,
}

let registrations = 0

/**
 * Takes a lock in hooks of a model, on the transaction that the hook runs in (its `transaction` option, or the CLS one), where
 * it stays until that one has committed or rolled back. What a bulk operation or `individualHooks` asks for at once is taken
 * at once, in the one order that keeps callers from waiting for each other.
 *
 * The lock is taken right before the write, after the instance was read: two callers that read the same row and then save it
 * still overwrite each other. For read, decide and write use `withNamedLock` around all of it. Bulk operations run the hooks
 * of single instances only with `individualHooks: true`, and `increment` and `decrement` run none: Sequelize's rule.
 *
 * @param model a model of a Sequelize instance that has named locks
 * @param hooks one or several of `beforeCreate`, `beforeUpdate`, `beforeSave`, `beforeDestroy`, `beforeRestore`, `beforeUpsert`,
 *   `beforeBulkCreate`, `beforeBulkUpdate`, `beforeBulkDestroy`, `beforeBulkRestore`
 * @param namesOf makes the name, or several, of an instance, one after the other for `beforeBulkCreate`; `beforeBulkUpdate`,
 *   `beforeBulkDestroy` and `beforeBulkRestore` know rows only by a condition, so they get the operation's options (`where`).
 *   No name, null or undefined: nothing is locked
 * @param options as of any call, but `signal`
 * @returns a function that takes the hooks off again
 * @throws {TypeError | RangeError} for wrong arguments, or when the model's Sequelize instance has no named locks. The write itself rejects
 *   with `LOCK_NO_TRANSACTION` when there is no transaction, and as `withNamedLock` with one that is joined: `LOCK_TIMEOUT`,
 *   `LOCK_DEADLOCK`, `LOCK_FAILED`
 * @example
 * const remove = lockOn(Account, ['beforeUpdate', 'beforeDestroy'], (account) => `account:${account.id}`)
 * await sequelize.transaction((transaction) => account.destroy({ transaction }))
 */
export function lockOn<M extends Model, const Hook extends LockableHook>(
  model: ModelStatic<M>,
  hooks: Hook | readonly Hook[],
  namesOf: (subject: HookSubject<M, Hook>) => Names | null | undefined,
  options?: HookLockOptions,
): () => void {
  const sequelize = sequelizeOf(model)
  const chosen = checkHooks(hooks)
  if (typeof namesOf !== 'function') {
    throw new TypeError(`The third argument must be a function that makes names, got ${describeValue(namesOf)}`)
  }
  const locks = new GatheredLocks(engineOf(sequelize)!.joinedTaker(options))
  const registration = `ormutex:${(registrations += 1)}`
  for (const hook of chosen) {
    model.addHook(hook, registration, async (...args: unknown[]) => {
      const { subjects, options: given } = HOOKS[hook](...(args as never[]))
      const names = new Set(subjects.flatMap((subject) => namesOf(subject as HookSubject<M, Hook>) ?? []))
      if (names.size > 0) await locks.take(transactionOf(sequelize, given, `${hook} of ${model.name}`), names)
    })
  }
  return () => {
    for (const hook of chosen) model.removeHook(hook, registration)
  }
}

function sequelizeOf(model: ModelStatic<Model>): SequelizeLike {
  const sequelize = model?.sequelize as unknown as SequelizeLike | undefined
  if (typeof model !== 'function' || typeof model.addHook !== 'function' || sequelize === undefined) {
    throw new TypeError(`lockOn() needs a model that was initialised, got ${describeValue(model)}`)
  }
  if (engineOf(sequelize) === undefined) {
    throw new TypeError(`The Sequelize instance of ${model.name} has no named locks: call namedLocks(sequelize) first`)
  }
  return sequelize
}

function checkHooks<Hook extends LockableHook>(hooks: Hook | readonly Hook[]): readonly Hook[] {
  const chosen = (Array.isArray(hooks) ? hooks : [hooks]) as readonly Hook[]
  if (chosen.length === 0) throw new TypeError('lockOn() needs at least one hook, got an empty array')
  for (const hook of chosen) {
    if (Object.hasOwn(HOOKS, hook)) continue
    const given = typeof hook === 'string' ? JSON.stringify(hook) : describeValue(hook)
    throw new TypeError(`A lock can be taken in one of ${Object.keys(HOOKS).join(', ')}, got ${given}`)
  }
  return chosen
}

function transactionOf(
  sequelize: SequelizeLike,
  { transaction }: HookCall['options'],
  hook: string,
): SequelizeTransactionLike {
  const joined = transaction === undefined ? currentTransaction(sequelize) : transaction
  if (joined === undefined || joined === null) {
    throw new LockNoTransactionError(
      `${hook} takes a lock, which stays until a transaction ends, and there is no transaction. Pass one to the operation, ` +
        'as in account.save({ transaction }), or turn CLS on with Sequelize.useCLS()',
    )
  }
  return acceptTransaction(sequelize, joined)
}
