import { LockNoTransactionError } from './errors.js'

/** How the calls of a source name a transaction that they are to join, where a transaction has no methods of its own. */
export interface JoinOption<Tx> {
  /** The option's name: `transaction`, `connection`. */
  readonly option: string
  /**
   * The transaction that a value stands for.
   * @param value what the option was given, neither undefined nor null
   * @throws {LockUnsupportedError | TypeError} for what locks cannot join
   */
  accept(value: object): Tx
  /** What a call joins that says nothing, where the ORM itself has a current transaction. */
  readonly current?: () => Tx | undefined
  /** How to come by a transaction, for whoever has none: a sentence. */
  readonly advice: string
}

/** A call's options, without the one that names a transaction, and that transaction. */
export interface SplitJoin<Tx, Options> {
  readonly transaction: Tx | undefined
  readonly rest: Options
}

/** @throws {LockNoTransactionError} when a transaction was to be joined and there is none */
export function splitJoin<Tx, Options extends object | undefined>(
  join: JoinOption<Tx>,
  options: Options,
): SplitJoin<Tx, Options> {
  // What is no object is for the check of options to refuse.
  if (options === undefined || options === null || !Object.hasOwn(options, join.option)) {
    return { transaction: join.current?.(), rest: options }
  }
  const rest: Record<string, unknown> = { ...options }
  const value = rest[join.option]
  delete rest[join.option]
  if (value === undefined || value === null) {
    throw new LockNoTransactionError(
      `${join.option} is ${String(value)}: there is no transaction to join. ${join.advice}`,
    )
  }
  return { transaction: join.accept(value), rest: rest as Options }
}
