import { LockUnsupportedError } from '../errors.js'
import type { Dialect, Query } from './dialect.js'
import { mariadbDialect } from './mariadb-dialect.js'
import { mysqlDialect } from './mysql-dialect.js'
import { inspectGalera, inspectServer, type ServerFacts } from './server-facts.js'
import { type RefusalOptions, refusalOf } from './server-refusal.js'
import { isSameConnectionId } from './split-session.js'

/** What is asked of a server before anything else. */
export interface Server {
  readonly dialect: Dialect
  /** The connection's current database, empty when none is selected. */
  readonly database: string
  /** Whether connections are known to be the server's own, under the ids that the drivers were greeted with. */
  readonly isDirect: boolean
}

/**
 * How a server locks: its statements, and what its answers mean.
 *
 * @param facts what `inspectServer()` found
 */
export function dialectOf({
  flavour,
  maxStatementTimeSeconds,
}: Pick<ServerFacts, 'flavour' | 'maxStatementTimeSeconds'>): Dialect {
  return flavour === 'mariadb' ? mariadbDialect(maxStatementTimeSeconds > 0) : mysqlDialect
}

/** What a source's server is, once it was asked. */
export class ProbedServer {
  readonly #options: RefusalOptions
  #known: Server | undefined
  /** What was found out of a node of a cluster, which may get company, or lose it, at any time. */
  #node: { readonly facts: ServerFacts; readonly server: Server } | undefined

  constructor(options: RefusalOptions) {
    this.#options = options
  }

  /** `undefined` as long as nobody asked, and where each session has to ask. */
  get known(): Server | undefined {
    return this.#known
  }

  /** What was found last, also where each session has to ask. */
  get lastFound(): Server | undefined {
    return this.#known ?? this.#node?.server
  }

  /** Has it asked again: it is not any more what it was. */
  forget(): void {
    this.#known = undefined
    this.#node = undefined
  }

  /**
   * Finds out how the server locks, once per source: two statements. What was refused is asked again, since a replica may have been
   * promoted; a node of a Galera cluster is asked about that by each session, with one statement.
   *
   * @param greetedId see `SqlDriver.greetedIdOf`
   * @throws {LockUnsupportedError} when a lock taken there would not exclude everybody who takes it elsewhere
   */
  async probe(query: Query, greetedId: string | undefined): Promise<Server> {
    if (this.#node !== undefined) {
      const { facts, server } = this.#node
      this.#refuse({ ...facts, galera: await inspectGalera(query) })
      return server
    }
    const facts = await inspectServer(query)
    this.#refuse(facts)
    const isDirect = isSameConnectionId(greetedId, facts.connectionId)
    const server = { dialect: dialectOf(facts), database: facts.database, isDirect }
    if (facts.galera === null) this.#known = server
    else this.#node = { facts, server }
    return server
  }

  #refuse(facts: ServerFacts): void {
    const refusal = refusalOf(facts, this.#options)
    if (refusal !== undefined) throw new LockUnsupportedError(refusal)
  }
}
