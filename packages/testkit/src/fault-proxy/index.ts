export { startFaultProxy } from './fault-proxy.js'
export type { FaultProxy, FaultProxyOptions } from './fault-proxy.js'
export {
  answerNothing,
  cutAfterForward,
  cutAfterReply,
  cutBefore,
  delay,
  delayReply,
  fail,
  holdUntil,
  run,
} from './faults.js'
export type { CutAfterForwardOptions, Fault, ReplyFault, ServerError } from './faults.js'
export type { Rule, RuleOptions } from './rules.js'
export type { CutOptions, Session } from './session.js'
export type { Statement, StatementKind } from './statement.js'
