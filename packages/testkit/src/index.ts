export type { Capabilities, Harness, OpenOptions, ServerAddress, Subject } from './harness.js'
