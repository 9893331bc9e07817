import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startFaultProxy } from '@ormutex/testkit/fault-proxy'
import { startServer, type TestServer } from '@ormutex-test/servers'
import pLimit from 'p-limit'
import type { Phase } from '../history/events.js'
import { Recorder } from '../history/recorder.js'
import { WAIT_TIMEOUT_MS } from '../limits.js'
import { monotonicMs } from '../monotonic.js'
import { FENCED_NAMES, NAMES } from '../names.js'
import { Crew } from './crew.js'
import { createDatabase, readCommitted } from './database.js'
import type { Field } from './field.js'
import { runLane } from './lane.js'
import { Line } from './line.js'
import { type Schedule, requirementsOf, writeSchedule } from './schedule.js'
import { recordRemains } from './remains.js'
import type { ProcessOptions } from './worker-process.js'

/** Fewest acquisitions of a run that proves anything. */
const LEAST_ACQUISITIONS = 500

/** A run that has not seen enough goes on, for at most so many times as long as it was to last. */
const LONGEST = 2.5

/** The same, at least, in seconds: a round of every fault takes its time, however short the run was to be. */
const LEAST_LIMIT_S = 150

/** How long the calls of the workers may go on when the last fault is over: longer than any may by its own deadline. */
const LAST_CALLS_MS = 18_000

/** How long all that comes after the last fault may take; otherwise something hangs. */
const ENDING_MS = 80_000

const CLOSING_MS = 10_000
const LOOK_EVERY_MS = 200

export interface RunOptions {
  readonly schedule: Schedule
  /** Gets the schedule and every process's part of the history. Made, if need be. */
  readonly folder: string
  /** Ends the run before its time, without a history that can be judged. */
  readonly signal: AbortSignal
  readonly process?: ProcessOptions
  /** How the run goes, every so often. */
  readonly onProgress: (progress: Progress) => void
  /** Gets what the server says when it starts. */
  readonly log?: (line: string) => void
  /** Asked every so often whether the run has shown what it was to show, and can end; it does not have to meet every fault then. */
  readonly isShown?: (field: Field) => Promise<boolean>
}

export interface Progress {
  readonly seconds: number
  readonly faults: number
  /** Faults that have to strike and have not yet: `kill-query/waiting`. */
  readonly missing: readonly string[]
}

/** Who writes what is about no worker. */
export const COORDINATOR = 'coordinator'

export const SCHEDULE_FILE = 'schedule.json'

/** Runs the workers and the faults of a schedule on a server of their own; the history is in the folder then. */
export async function run(options: RunOptions): Promise<void> {
  const { schedule, folder, signal, log } = options
  mkdirSync(folder, { recursive: true })
  writeSchedule(join(folder, SCHEDULE_FILE), schedule)
  const server = await startServer(schedule.server, {
    clock: true,
    settings: settingsOf(schedule.server),
    ...(log !== undefined && { log }),
  })
  const line = new Line(server.url)
  // What is wrong with the proxy says nothing of the library: a run with that counts for nothing.
  const broken = new AbortController()
  const onError = (error: Error): void => broken.abort(error)
  const proxy = await startFaultProxy({ host: server.host, port: server.port, record: false, onError })
  try {
    signal.throwIfAborted()
    const ending = AbortSignal.any([signal, broken.signal])
    await new Run({ ...options, signal: ending }, server, line, proxy).run()
  } finally {
    line.close()
    await proxy.close()
    await server.stop()
  }
}

function settingsOf(server: Schedule['server']): Record<string, string | number> {
  return {
    'wait-timeout': WAIT_TIMEOUT_MS / 1_000,
    // Who holds and who waits is asked there; MariaDB has it off by default.
    ...(server === 'mariadb' && {
      'performance-schema': 'ON',
      'performance-schema-instrument': 'wait/lock/metadata/sql/mdl=ON',
    }),
  }
}

class Run {
  readonly #options: RunOptions
  readonly #field: Field
  readonly #over = new AbortController()
  readonly #missing: Set<string>
  readonly #password: string
  /** Calls whose outcome is unknown to them. */
  readonly #unknown: string[] = []
  #faults = 0
  #strikes = 0

  constructor(options: RunOptions, server: TestServer, line: Line, proxy: Awaited<ReturnType<typeof startFaultProxy>>) {
    this.#options = options
    const { schedule, folder, process = { execArgv: [], env: {} } } = options
    const { seed, adapters, isOrderly, seconds } = schedule
    const recorder = new Recorder(folder, COORDINATOR, seed)
    const password = randomBytes(12).toString('base64url')
    const requires = requirementsOf(schedule, server.setClock !== undefined)
    this.#missing = new Set(requires.map(({ kind, phase }) => `${kind}/${phase}`))
    recorder.record({
      type: 'run',
      server: schedule.server,
      version: server.version,
      seconds,
      adapters,
      fencedNames: FENCED_NAMES,
      names: NAMES,
      isOrderly,
      requires,
      leastAcquisitions: LEAST_ACQUISITIONS,
      requiresUnknown: true,
    })
    recorder.record({ type: 'server-starting' })
    const access = { host: proxy.host, port: proxy.port, password, database: server.database }
    const crew = new Crew({ folder, seed, server: schedule.server, adapters, access, isOrderly }, process, recorder, {
      onStruck: ({ kind, phase }) => this.#count(kind, phase),
      onUnknown: (op) => this.#unknown.push(op),
    })
    this.#field = {
      server,
      proxy,
      line,
      crew,
      recorder,
      over: this.#over.signal,
      onServer: pLimit(1),
      lacks: (kind, phase) => this.#missing.has(`${kind}/${phase}`),
      strike: (kind, phase, target, names) => {
        const fault = `f${++this.#strikes}`
        recorder.record({ type: 'fault', fault, kind, phase, target, names })
        this.#count(kind, phase)
        return fault
      },
    }
    this.#password = password
  }

  async run(): Promise<void> {
    const { crew, line, proxy } = this.#field
    const { signal, schedule } = this.#options
    const stop = (): void => this.#over.abort()
    for (const end of [signal, crew.failure]) end.addEventListener('abort', stop, { once: true })
    try {
      await createDatabase(line, this.#password)
      await crew.open()
      const lanes = Promise.all(Object.values(schedule.lanes).map((lane) => runLane(this.#field, lane)))
      // What fails is thrown where it is waited for.
      lanes.catch(stop)
      await this.#untilDone()
      stop()
      await lanes
      proxy.refuse(false)
      for (const end of [signal, crew.failure]) end.throwIfAborted()
      await this.#end()
    } finally {
      signal.removeEventListener('abort', stop)
      stop()
      await crew.end(CLOSING_MS)
    }
  }

  /** Lets the calls end, and looks at what is left. */
  async #end(): Promise<void> {
    const { crew, recorder } = this.#field
    const looked = async (): Promise<void> => {
      await crew.finish(sleep(LAST_CALLS_MS, undefined, { ref: false }))
      await recordRemains(this.#field)
    }
    const tooLate = AbortSignal.timeout(ENDING_MS)
    const looking = looked()
    await Promise.race([looking, rejection(AbortSignal.any([this.#options.signal, crew.failure, tooLate]))])
    recorder.record({ type: 'end' })
  }

  async #untilDone(): Promise<void> {
    const { schedule, onProgress, isShown } = this.#options
    const startedAt = monotonicMs()
    while (!this.#field.over.aborted) {
      const seconds = (monotonicMs() - startedAt) / 1_000
      onProgress({ seconds, faults: this.#faults, missing: [...this.#missing] })
      if (seconds >= Math.max(schedule.seconds * LONGEST, LEAST_LIMIT_S) || (await isShown?.(this.#field)) === true)
        return
      if (seconds >= schedule.seconds && (isShown !== undefined || (await this.#isWhole()))) return
      await sleep(LOOK_EVERY_MS)
    }
  }

  async #isWhole(): Promise<boolean> {
    if (this.#missing.size > 0) return false
    const committed = await readCommitted(this.#field.line)
    const doubts = new Set(this.#unknown.map((op) => committed.has(op)))
    return committed.size >= LEAST_ACQUISITIONS && doubts.size === 2
  }

  #count(kind: string, phase: Phase): void {
    this.#faults += 1
    this.#missing.delete(`${kind}/${phase}`)
  }
}

async function rejection(signal: AbortSignal): Promise<never> {
  if (!signal.aborted) await once(signal, 'abort')
  throw signal.reason
}
