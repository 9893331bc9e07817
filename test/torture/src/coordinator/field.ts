import type { FaultProxy } from '@ormutex/testkit/fault-proxy'
import type { TestServer } from '@ormutex-test/servers'
import type { Owner } from '../accounts.js'
import type { FaultTarget, Phase } from '../history/events.js'
import type { Recorder } from '../history/recorder.js'
import type { Crew } from './crew.js'
import type { Line } from './line.js'

/** All that faults can reach. */
export interface Field {
  readonly server: TestServer
  readonly proxy: FaultProxy
  readonly line: Line
  readonly crew: Crew
  readonly recorder: Recorder
  /** Aborted when the run is over, or is to be. */
  readonly over: AbortSignal
  /** Runs one at a time what strikes the server and what needs it. */
  onServer<T>(work: () => Promise<T>): Promise<T>
  /** Whether a fault has to strike in this run that has not yet. */
  lacks(kind: string, phase: Phase): boolean
  /** Records that a fault strikes now. Answers its id. */
  strike(kind: string, phase: Phase, target: FaultTarget, names: readonly string[]): string
}

/** A call that a fault is aimed at, by its session. */
export interface Victim extends Owner {
  readonly session: string
  /** The names that the session holds or waits for, as far as that is known. */
  readonly names: readonly string[]
}
