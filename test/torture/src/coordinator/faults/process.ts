import { setTimeout as sleep } from 'node:timers/promises'
import { WorkerGone } from '../worker-process.js'
import { ALL_PHASES, type Fault } from './fault.js'

const worker = { lane: 'process', phases: ALL_PHASES, scope: 'worker' } as const

/** Longer than some calls wait, and shorter than a session may be idle. */
const EXHAUSTED_MS = 1_600

/** `kill -9` of the victim's process; another takes its place. */
export const killClient: Fault = {
  ...worker,
  lastsMs: 1,
  async strike({ crew }, { worker: name }) {
    const { replaced } = await crew.kill(name)
    return () => replaced
  },
}

/** The victim's process stands still for longer than the server lets a session be idle. */
export const stopClient: Fault = {
  ...worker,
  lastsMs: 2_800,
  strike({ crew }, { worker: name }) {
    const process = crew.process(name)
    process?.signal('SIGSTOP')
    return () => process?.signal('SIGCONT')
  },
}

/** Something else in the process takes every connection of its pools. */
export const poolExhausted: Fault = {
  ...worker,
  lastsMs: 1,
  async strike({ crew }, { worker: name }) {
    const done = crew.process(name)?.exhaust(EXHAUSTED_MS)
    // A pool that is met by other faults, too, may keep its callers for longer: they are not waited for.
    return () => Promise.race([done, sleep(2 * EXHAUSTED_MS, undefined, { ref: false })])
  },
}

/** Somebody sets the clock of the victim's machine back. */
export const clientClockBack: Fault = {
  ...worker,
  lastsMs: 2_500,
  runsBeside: true,
  async strike({ crew }, { worker: name }) {
    const process = crew.process(name)
    await process?.setClock(-60_000).catch(ignoreGone)
    // It may have been killed meanwhile.
    return () => process?.setClock(0).catch(ignoreGone)
  },
}

function ignoreGone(error: unknown): void {
  if (!(error instanceof WorkerGone)) throw error
}
