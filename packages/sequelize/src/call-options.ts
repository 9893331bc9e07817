import type { Transaction, TransactionOptions } from 'sequelize'

/** Options of a call: Sequelize's own for the transaction that is to begin, or the transaction to join. */
export interface SequelizeCallOptions extends Omit<TransactionOptions, 'transaction'> {
  /**
   * The transaction that the lock joins: it is taken on that one's connection and stays until that one has committed or rolled
   * back. Given but undefined or null it is refused (`LOCK_NO_TRANSACTION`): in a hook, that is how a missing transaction shows.
   * @default the CLS transaction, where CLS is used and there is one; else a transaction of the call's own
   */
  readonly transaction?: Transaction | null | undefined
}
