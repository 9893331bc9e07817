import { type Examiner, examiner } from '../check.js'
import { capacity } from './capacity.js'
import { connection } from './connection.js'
import { exclusion } from './exclusion.js'
import { handOver, sessionEnd } from './hand-over.js'
import { idleTimeout, idleTransactions } from './idle-timeout.js'
import { kill } from './kill.js'
import { proxy } from './proxy.js'
import { replicas } from './replicas.js'
import { role } from './role.js'
import { rowLocks } from './row-locks.js'
import { sameServer } from './same-server.js'
import { server } from './server.js'
import { statementLimit } from './statement-limit.js'
import { visibility } from './visibility.js'
import { waiting } from './waiting.js'

/** What the server is, what it does to locks, and what can be seen of them; in the order of the report. */
export const LOOKS: readonly Examiner[] = [
  examiner(connection),
  examiner(server),
  examiner(role),
  examiner(replicas),
  examiner(sameServer),
  examiner(proxy),
  examiner(idleTimeout),
  examiner(idleTransactions),
  examiner(statementLimit),
  examiner(rowLocks),
  examiner(capacity),
  examiner(visibility),
]

/** Whether locks hold: these take some. */
export const TRIALS: readonly Examiner[] = [
  examiner(exclusion),
  examiner(waiting),
  examiner(handOver),
  examiner(sessionEnd),
  examiner(kill),
]
