export { conformance, type ConformanceOptions } from './conformance.js'
export { COUNTERS_TABLE } from './counters.js'
export type { Environment } from './environment.js'
export type { Capabilities, Harness, OpenOptions, Row, ServerAddress, Subject } from './harness.js'
export type { Runner } from './runner.js'
export {
  type ControlConnection,
  type ServerAccess,
  serverEnvironment,
  type ServerEnvironmentOptions,
} from './server-environment.js'
