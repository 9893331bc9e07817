import type { Fault } from './faults.js'
import type { Statement, StatementKind } from './statement.js'

/** Which statements a rule is for, besides those that its pattern matches. */
export interface RuleOptions {
  /**
   * How many statements the rule applies to, on all connections together, 1 or more; then it is spent. `Infinity` for all.
   * @default 1
   */
  readonly times?: number
  /**
   * Only statements of the one of the proxy's connections with this number, 1 or more.
   * @default of any
   */
  readonly connection?: number
  /**
   * Only statements of sessions with this connection id of the server's.
   * @default of any
   */
  readonly session?: string
  /**
   * Only statements of this kind.
   * @default every kind but `prepare`, because preparing runs nothing
   */
  readonly kind?: StatementKind
}

/** A fault for chosen statements. */
export interface Rule {
  /** How many statements the rule has been applied to. */
  readonly hits: number
  /** Resolves with the first statement the rule is applied to, when that arrives, before the fault happens. Never rejects. */
  hit(): Promise<Statement>
  /** Ends the rule; what it already took hold of is not released. */
  remove(): void
}

/** The rules of one proxy, in the order they were made. */
export class Rules {
  readonly #rules = new Set<FaultRule>()

  add(pattern: RegExp, fault: Fault, options: RuleOptions): Rule {
    const rule = new FaultRule(pattern, fault, options, () => this.#rules.delete(rule))
    this.#rules.add(rule)
    return rule
  }

  /** The fault of the first rule that matches, counted as a hit of it. */
  match(statement: Statement): Fault | undefined {
    for (const rule of this.#rules) {
      if (!rule.matches(statement)) continue
      const fault = rule.apply(statement)
      // A long run makes rules without end; one that is spent must not cost each later statement a look.
      if (rule.isSpent) this.#rules.delete(rule)
      return fault
    }
    return undefined
  }
}

class FaultRule implements Rule {
  readonly #pattern: RegExp
  readonly #fault: Fault
  readonly #options: RuleOptions
  readonly #firstHit: Promise<Statement>
  #resolveFirstHit!: (statement: Statement) => void
  #hits = 0
  readonly remove: () => void

  constructor(pattern: RegExp, fault: Fault, options: RuleOptions, remove: () => void) {
    this.#pattern = pattern
    this.#fault = fault
    this.#options = options
    this.remove = remove
    this.#firstHit = new Promise((resolve) => (this.#resolveFirstHit = resolve))
  }

  get hits(): number {
    return this.#hits
  }

  get isSpent(): boolean {
    const { times = 1 } = this.#options
    return this.#hits >= times
  }

  hit(): Promise<Statement> {
    return this.#firstHit
  }

  matches(statement: Statement): boolean {
    const { connection, session, kind } = this.#options
    if (this.isSpent) return false
    if (connection !== undefined && connection !== statement.connection) return false
    if (session !== undefined && session !== statement.sessionId) return false
    if (kind === undefined ? statement.kind === 'prepare' : statement.kind !== kind) return false
    // Unlike test(), search() does not depend on where a global pattern stopped last time.
    return statement.sql.search(this.#pattern) >= 0
  }

  apply(statement: Statement): Fault {
    this.#hits += 1
    this.#resolveFirstHit(statement)
    return this.#fault
  }
}
