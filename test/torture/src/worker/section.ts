import { setTimeout as sleep } from 'node:timers/promises'
import type { HeldLock, Transaction } from '../applications/application.js'
import { PRISMA_TIMEOUT_MS, QUERY_TIMEOUT_MS, STATEMENT_LIMIT_MS, WAIT_TIMEOUT_MS } from '../limits.js'
import type { CallLog } from './call-log.js'
import type { CallPlan } from './call-plan.js'
import { Fenced, Thrown } from './outcome.js'

/** Longest wait for a further lock, in milliseconds: others wait for those that are held meanwhile. */
const FURTHER_TIMEOUT_MS = 400

/** How much longer than a limit something lasts that is to exceed it, in milliseconds. */
const EXCESS_MS = 200

/** What is done under a lock, and what befalls it there from within. */
export class Section {
  readonly #log: CallLog
  readonly #plan: CallPlan
  readonly #makeNested: (plan: CallPlan) => Promise<unknown>

  constructor(log: CallLog, plan: CallPlan, makeNested: (plan: CallPlan) => Promise<unknown>) {
    this.#log = log
    this.#plan = plan
    this.#makeNested = makeNested
  }

  /** In the transaction that has the lock. */
  async run(tx: Transaction, lock: HeldLock): Promise<void> {
    const { names, isReentrant, nested, furtherName, throws } = this.#plan
    const options = { timeoutMs: FURTHER_TIMEOUT_MS }
    this.#log.enter(names, lock)
    await this.#increment(tx, lock, names)
    if (isReentrant) await tx.withLock(names, (inner) => inner.sleep(0), options)
    if (nested !== undefined) await this.#makeNested(nested)
    if (furtherName !== undefined) {
      const further = async (inner: Transaction, furtherLock: HeldLock): Promise<void> => {
        this.#log.enter([furtherName], furtherLock)
        await this.#increment(inner, furtherLock, [furtherName])
      }
      await tx.withLock([furtherName], further, options)
    }
    if (throws) throw new Thrown('On purpose')
  }

  /** In a transaction beside the lock. */
  async runFenced(tx: Transaction, lock: HeldLock): Promise<void> {
    const { names, throws } = this.#plan
    for (const name of names) {
      if (!(await tx.claim(name, lock.token))) throw new Fenced(`A newer token than ${lock.token} was there`)
    }
    await this.#increment(tx, lock, names)
    if (throws) throw new Thrown('On purpose')
  }

  /** With no transaction. */
  async hold({ signal }: HeldLock): Promise<void> {
    const { incident, pauseMs } = this.#plan
    if (incident !== undefined) this.#log.strike(incident)
    // A good holder watches the signal.
    await sleep(this.#idleMs ?? pauseMs, undefined, { signal }).catch(() => {})
  }

  async #increment(tx: Transaction, { token }: HeldLock, names: readonly string[]): Promise<void> {
    for (const name of names) {
      const readValue = await tx.read(name)
      await this.#pause(tx)
      await tx.write(name, readValue + 1)
      await tx.record({ op: this.#log.op, name, readValue, token })
    }
  }

  async #pause(tx: Transaction): Promise<void> {
    const { incident, pauseMs } = this.#plan
    if (incident !== undefined) this.#log.strike(incident)
    switch (incident) {
      case 'statement-limit':
        return tx.sleep(STATEMENT_LIMIT_MS + EXCESS_MS)
      case 'query-timeout':
        // Longer than what is asked for here, and than what the connection allows, where that has a limit.
        return tx.sleep(QUERY_TIMEOUT_MS + EXCESS_MS, QUERY_TIMEOUT_MS / 2)
      default: {
        const ms = this.#idleMs ?? pauseMs
        if (ms > 0) await sleep(ms)
      }
    }
  }

  /** How long nothing is done, where that is the incident. */
  get #idleMs(): number | undefined {
    switch (this.#plan.incident) {
      case 'wait-timeout':
        return WAIT_TIMEOUT_MS + EXCESS_MS
      case 'prisma-timeout':
        return PRISMA_TIMEOUT_MS + EXCESS_MS
      case 'hold-timeout':
        return this.#plan.holdTimeoutMs + EXCESS_MS
      default:
        return undefined
    }
  }
}
