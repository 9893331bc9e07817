import type { Access } from './account.js'

/** What an application does with accounts in one transaction. */
export interface OpenTransaction {
  readBalance(id: number): Promise<number>
  setBalance(id: number, balance: number): Promise<void>
}

/** An application, made with one of the ORMs. */
export interface Application {
  /**
   * Runs `work` in a transaction, at READ COMMITTED: MariaDB from 11.6 on refuses the second of two updates that read the same at
   * REPEATABLE READ (innodb_snapshot_isolation), with an error that the application would have to handle. At this level, every
   * server does what the demo is about.
   *
   * @param lock the name of the lock that the transaction is to run under; `null` for none
   * @param onCommit is called when the server has answered the COMMIT, and before the lock is released
   */
  transaction(
    lock: string | null,
    work: (transaction: OpenTransaction) => Promise<void>,
    onCommit: () => void,
  ): Promise<void>
  close(): Promise<void>
}

/** What the demo can be run with. */
export const ORMS = ['knex', 'sequelize', 'prisma'] as const

export type Orm = (typeof ORMS)[number]

export const ORM_NAMES: Readonly<Record<Orm, string>> = { knex: 'Knex', sequelize: 'Sequelize', prisma: 'Prisma' }

/** An application with its ORM connected. Each process loads the one that it uses. */
export async function openApplication(orm: Orm, access: Access): Promise<Application> {
  const { open } = (await import(`./orms/${orm}.js`)) as { readonly open: (access: Access) => Application }
  return open(access)
}
