export { decodeGrant, type SqlGrant } from './answers.js'
export { type Dialect, keyLiteral, type Query, type Refusal } from './dialect.js'
export {
  type CallbackConnectionLike,
  callbackDriver,
  type CallbackQuery,
  hasPlainRows,
  plainRows,
} from './callback-driver.js'
export { type ConnectionSettingsLike, labelConnections } from './label-connections.js'
export { type MariadbConnectionLike, mariadbDriver, type MariadbQuery } from './mariadb-driver.js'
export { inspectReplica } from './replica-facts.js'
export {
  type GaleraFacts,
  type GroupReplicationFacts,
  inspectServer,
  type ServerFacts,
  type VersionNumbers,
} from './server-facts.js'
export { dialectOf } from './server-probe.js'
export { refusalOf, type RefusalOptions } from './server-refusal.js'
export { isSameConnectionId, splitOf } from './split-session.js'
export { SqlBackend } from './sql-backend.js'
export { type DriverErrorLike, isConnectionGone, serverErrno } from './sql-errors.js'
export { type AnswerForm, ChainedStatements, runChained } from './chained-statements.js'
export { keepsTransaction } from './kept-transaction.js'
export type { Chain, Row, SqlDriver, SqlSource } from './sql-source.js'
export { surveyLocks, type SurveyOptions } from './survey/survey.js'
export type { Survey, SurveyedHolder, SurveyedLock, SurveyedSession, SurveyedWaiter } from './survey/surveyed.js'
export { endOf, type TransactionEnd, TransactionEnds } from './transaction-ends.js'
export { checkFlag, checkOneOf } from './transaction-options.js'
