import { type Flavour, sharedServer, until } from '@ormutex-test/servers'
import { createPool, type Pool, type RowDataPacket } from 'mysql2/promise'

/** Longest time that programs take until they wait somewhere, in milliseconds, which have to be started first. */
const START_MS = 30_000

/** A database of its own for some tests. */
export class Database {
  readonly #url: URL
  readonly pool: Pool

  static async open(flavour: Flavour): Promise<Database> {
    const server = await sharedServer(flavour)
    const url = new URL(server.url)
    url.pathname = `/${await server.createDatabase()}`
    return new Database(url)
  }

  constructor(url: URL) {
    this.#url = url
    this.pool = createPool({ uri: url.href, connectionLimit: 4 })
  }

  /** For Knex, Sequelize and mysql2. */
  get url(): string {
    return this.#url.href
  }

  /** For Prisma, whose driver asks a server for its public key only when it is told to. */
  get prismaUrl(): string {
    return `${this.#url.href}?allowPublicKeyRetrieval=true`
  }

  /** All rows that a statement answers. */
  async rows(sql: string, values?: unknown[]): Promise<object[]> {
    return (await this.pool.query<RowDataPacket[]>(sql, values))[0].map((row) => ({ ...row }))
  }

  /** The only value that a statement answers. */
  async value(sql: string): Promise<unknown> {
    return Object.values((await this.rows(sql))[0]!)[0]
  }

  /** Locks the rows that a SELECT finds, so that whoever comes to write them waits there, until it is opened or left. */
  async closeGate(select: string): Promise<Gate> {
    const connection = await this.pool.getConnection()
    await connection.beginTransaction()
    await connection.query(`${select} FOR UPDATE`)
    let open = async (): Promise<void> => {
      open = async () => {}
      await connection.commit()
      connection.release()
    }
    return {
      reachedBy: (transactions) => this.#until('for a row', transactions, ROW_WAITS),
      open: () => open(),
      [Symbol.asyncDispose]: () => open(),
    }
  }

  /** Waits until so many connections to this database wait for named locks. */
  lockAwaitedBy(connections: number): Promise<void> {
    return this.#until('for a lock', connections, LOCK_WAITS, [this.#url.pathname.slice(1)])
  }

  async close(): Promise<void> {
    await this.pool.end()
  }

  async #until(what: string, wanted: number, sql: string, values?: unknown[]): Promise<void> {
    const haveCome = async (): Promise<boolean> => {
      const [found] = await this.pool.query<RowDataPacket[]>(sql, values)
      return Number(Object.values(found[0]!).at(-1)) === wanted
    }
    await until(`${wanted} wait ${what}`, haveCome, START_MS)
  }
}

/** On the whole server; information_schema.innodb_trx stays as it is while it is asked again and again. */
const ROW_WAITS = "SHOW GLOBAL STATUS LIKE 'Innodb_row_lock_current_waits'"
const LOCK_WAITS = "SELECT COUNT(*) FROM information_schema.processlist WHERE DB = ? AND STATE = 'User lock'"

/** Some rows that nobody gets past for the time being. */
export interface Gate extends AsyncDisposable {
  /** Waits until so many transactions wait there. */
  reachedBy(transactions: number): Promise<void>
  open(): Promise<void>
}
