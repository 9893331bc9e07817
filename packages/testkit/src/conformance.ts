import { badInputCases } from './cases/bad-input.js'
import { callbackErrorCases } from './cases/callback-errors.js'
import { deadlockCases } from './cases/deadlocks.js'
import { faultCases } from './cases/faults.js'
import { foreignEndCases } from './cases/foreign-end.js'
import { givingUpCases } from './cases/giving-up.js'
import { grantRaceCases } from './cases/grant-race.js'
import { heldLockCases } from './cases/held-locks.js'
import { handOverCases } from './cases/hand-over.js'
import { handOverFaultCases } from './cases/hand-over-faults.js'
import { handOverStatementCases } from './cases/hand-over-statements.js'
import { holderCases } from './cases/holders.js'
import { holdTimeoutCases } from './cases/hold-timeout.js'
import { joinCases } from './cases/joins.js'
import { keepAliveCases } from './cases/keep-alive.js'
import { lostSessionCases } from './cases/lost-sessions.js'
import { lostWaiterCases } from './cases/lost-waiters.js'
import { nameCases } from './cases/names.js'
import { orderCases } from './cases/order.js'
import { orphanCases } from './cases/orphans.js'
import { processCases } from './cases/processes.js'
import { queueCases } from './cases/queueing.js'
import { reentryCases } from './cases/reentry.js'
import { sharedSessionCases } from './cases/shared-sessions.js'
import { statementCases } from './cases/statements.js'
import { waiterSlotCases } from './cases/waiter-slots.js'
import type { Environment } from './environment.js'
import type { Harness } from './harness.js'
import type { Runner } from './runner.js'
import { Suite } from './suite.js'

/**
 * What the suite needs.
 *
 * @typeParam Tx what callbacks get
 */
export interface ConformanceOptions<Tx> {
  /** What is put to the test. Which cases are declared follows from its capabilities alone. */
  readonly harness: Harness<Tx>
  /** The runner's functions; each case takes up to a minute, so the runner's own limit has to be above that. */
  readonly runner: Runner
  /**
   * Prepares what is around the server, once for all cases; needed with `capabilities.server`.
   * @default none
   */
  readonly environment?: () => Promise<Environment>
}

/**
 * Declares every case of the conformance suite, one line of the contract after another: that is the whole test file of an adapter.
 *
 * @param options `harness`, `runner`, and with a server `environment`
 * @throws {TypeError} for a harness with `capabilities.server` without an environment
 * @example
 * conformance({ harness, runner: { describe, it, before, after } })
 */
export function conformance<Tx>({ harness, runner, environment }: ConformanceOptions<Tx>): void {
  const { server } = harness.capabilities
  if (server && environment === undefined)
    throw new TypeError('A harness with capabilities.server needs an environment')
  let prepared: Environment | undefined
  const suite = new Suite(harness, runner, () => prepared)
  runner.describe(`${harness.name} conforms`, () => {
    if (server) {
      runner.before(async () => {
        prepared = await environment!()
      })
      runner.after(async () => prepared?.close())
    }
    for (const declare of CASES) declare(suite)
  })
}

const CASES: readonly (<Tx>(suite: Suite<Tx>) => void)[] = [
  orderCases,
  processCases,
  callbackErrorCases,
  faultCases,
  lostSessionCases,
  lostWaiterCases,
  givingUpCases,
  grantRaceCases,
  foreignEndCases,
  joinCases,
  reentryCases,
  queueCases,
  waiterSlotCases,
  deadlockCases,
  nameCases,
  badInputCases,
  holderCases,
  heldLockCases,
  holdTimeoutCases,
  keepAliveCases,
  orphanCases,
  statementCases,
  handOverCases,
  handOverStatementCases,
  handOverFaultCases,
  sharedSessionCases,
]
