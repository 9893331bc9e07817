import type { Scenario } from '../scenario.js'
import { acquire } from './acquire.js'
import { beside } from './beside.js'
import { contendedTransaction } from './contended-transaction.js'
import { contended } from './contended.js'
import { handOver } from './hand-over.js'
import { held } from './held.js'
import { uncontended } from './uncontended.js'
import { waiters } from './waiters.js'

/** Everything that is measured, in the order of the page. */
export const SCENARIOS: readonly Scenario[] = [
  contended,
  contendedTransaction,
  handOver,
  uncontended,
  acquire,
  waiters,
  held,
  beside,
]
