import { sharedServer, type TestServer, until } from '@ormutex-test/servers'
import { type LockingKnex, namedLocks, type NamedLocksOptions } from '@ormutex/knex'
import knex, { type Knex } from 'knex'
import { type Connection, createConnection, type RowDataPacket } from 'mysql2/promise'
import type { Flavour } from './flavours.js'

export type Locks = LockingKnex<Knex>

interface OpenOptions {
  readonly poolSize?: number
  /** What each connection is told first. */
  readonly begin?: string
  readonly port?: number
  readonly user?: string
  readonly password?: string
  readonly database?: string
}

/** Two processes' worth of locks on one server, and somebody who may do anything there. */
export class Scene {
  readonly holder: Locks
  readonly waiter: Locks
  readonly #opened: Locks[] = []

  private constructor(
    readonly server: TestServer,
    readonly administrator: Connection,
  ) {
    this.holder = this.open({ label: 'web-1:4711' })
    this.waiter = this.open({ label: 'web-2:812' })
  }

  static async on(flavour: Flavour): Promise<Scene> {
    const server = await sharedServer(flavour)
    const scene = new Scene(server, await createConnection({ uri: server.url }))
    // To open a connection may take longer than the waits that are looked at.
    await Promise.all([scene.holder.raw('SELECT 1'), scene.waiter.raw('SELECT 1')])
    return scene
  }

  open(locks: NamedLocksOptions = {}, { poolSize = 3, begin = 'DO 0', ...other }: OpenOptions = {}): Locks {
    const { host, port, user, password } = this.server
    const connection = { host, port, user, password, ...other }
    // What it says to the console when a connection breaks is not what is looked at.
    const log = { warn: () => {}, error: () => {} }
    const afterCreate: NonNullable<Knex.PoolConfig['afterCreate']> = (
      created: { query(sql: string, done: (error: unknown) => void): void },
      done: (error: unknown, created: unknown) => void,
    ) => created.query(begin, (error) => done(error, created))
    const pool = { min: 0, max: poolSize, afterCreate }
    const db = namedLocks(knex({ client: 'mysql2', connection, log, pool }), { namespace: 'shop', ...locks })
    this.#opened.push(db)
    return db
  }

  async kill(what: 'CONNECTION' | 'QUERY', sessionId: string): Promise<void> {
    await this.administrator.query(`KILL ${what} ${Number(sessionId)}`)
  }

  /** The session that waits for a lock. */
  async waitingSession(): Promise<string> {
    let waiting: string | undefined
    await until('somebody waits', async () => {
      const [rows] = await this.administrator.query<RowDataPacket[]>(
        `SELECT id AS id FROM information_schema.processlist WHERE state = 'User lock'`,
      )
      waiting = rows[0] === undefined ? undefined : String(rows[0]['id'])
      return waiting !== undefined
    })
    return waiting!
  }

  async close(): Promise<void> {
    await Promise.all(this.#opened.map((db) => db.destroy()))
    await this.administrator.end()
  }
}
