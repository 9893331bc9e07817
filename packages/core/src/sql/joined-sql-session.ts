import type { JoinedSession, TransactionEndListener } from '../backend.js'
import type { Bystander } from './bystander.js'
import type { SourceServer } from './session-server.js'
import { SqlSession } from './sql-session.js'
import type { SqlSource } from './sql-source.js'

/** The session under a transaction that somebody else began. */
export class JoinedSqlSession<Connection, Tx, TxOptions extends object>
  extends SqlSession<Connection, Tx, TxOptions>
  implements JoinedSession
{
  readonly #transaction: Tx

  constructor(
    source: SqlSource<Connection, Tx, TxOptions>,
    connection: Connection,
    server: SourceServer,
    bystander: Bystander,
    transaction: Tx,
  ) {
    super(source, connection, server, bystander, false)
    this.#transaction = transaction
  }

  onEnd(listener: TransactionEndListener): void {
    this.source.onTransactionEnd(this.#transaction, this.connection, listener)
  }
}
