import type { Application } from '../applications/application.js'
import { isFailedConnect } from '../applications/connector-flaws.js'
import { openSource } from '../applications/sources.js'
import type { Phase } from '../history/events.js'
import { Recorder } from '../history/recorder.js'
import { NAMES } from '../names.js'
import { Random } from '../random.js'
import { makeCall } from './call.js'
import { outcomeOf, Thrown } from './outcome.js'
import type { Caller } from './call-log.js'
import { type Incident, planCall } from './call-plan.js'
import type { Inspection, Order, Report, Struck, Unknown, WorkerStart } from './protocol.js'
import { watchStalls } from './stalls.js'
import { POOL_SIZE, type Slot, slotsOf, TASKS_OF_A_SLOT } from './slots.js'
import { setTimeout as sleep } from 'node:timers/promises'

// One of the processes that share the locks. It may be killed or stopped at any moment.

/** From which of its calls on the first task of a pool has what is not left to chance. */
const DUE_TURN = 8

/** Incidents that are too rare to be left to chance; each is due until it has struck in this process in these phases. */
const DUE: readonly Due[] = [
  // On one pool only: others wait for whoever is idle for so long.
  { incident: 'wait-timeout', phases: ['holding'], only: 'w1 0-0' },
  { incident: 'query-timeout', phases: ['holding'] },
  { incident: 'prisma-timeout', phases: ['holding', 'waiting'] },
]

const realNow = Date.now

/** Where the server is away, calls fail one after the other: nobody learns anything from thousands of them. */
const AFTER_FAILURE_MS = 80

interface Due {
  readonly incident: Incident
  readonly phases: readonly Phase[]
  /** The worker and its task; any first task of a pool when absent. */
  readonly only?: string
}

interface OpenSlot extends Slot {
  readonly application: Application
}

class Worker {
  readonly #start: WorkerStart
  readonly #recorder: Recorder
  readonly #slots: readonly OpenSlot[]
  readonly #running = new Set<string>()
  #tasks: Promise<unknown> = Promise.resolve()
  #isFinishing = false
  readonly #struck = new Set<string>()
  #calls = 0

  constructor(start: WorkerStart) {
    this.#start = start
    this.#recorder = new Recorder(start.folder, start.name, start.seed)
    this.#slots = slotsOf(start).map((slot) => ({ ...slot, application: openSource(slot.kind, slot.options) }))
  }

  async open(): Promise<void> {
    await Promise.all(this.#slots.map(({ application }) => useOnce(application)))
    this.recordPools('start')
    watchStalls((ms) => this.#recorder.record({ type: 'stalled', ms }))
  }

  begin(): void {
    this.#tasks = Promise.all(
      this.#slots.flatMap((slot, index) =>
        Array.from({ length: TASKS_OF_A_SLOT }, (_, task) => this.#work(slot, `${index}-${task}`)),
      ),
    )
  }

  async finish(): Promise<void> {
    this.#isFinishing = true
    await this.#tasks
  }

  inspect(): Inspection {
    return { pools: this.#slots.map(({ application }) => application.pool()), running: [...this.#running] }
  }

  async tryAll(): Promise<void> {
    for (const [index, { kind, application }] of this.#slots.entries()) {
      for (const name of NAMES) {
        const code = await tryOnce(application, name)
        const source = `${kind}-${index}`
        this.#recorder.record({ type: 'afterwards', source, name, ...(code !== undefined && { code }) })
        // The others would take as long, and tell no more.
        if (code !== undefined) break
      }
    }
  }

  recordPools(moment: 'start' | 'end'): void {
    for (const [index, { kind, application }] of this.#slots.entries()) {
      this.#recorder.record({ type: 'pool', source: `${kind}-${index}`, moment, ...application.pool() })
    }
    if (moment === 'end') this.#recorder.record({ type: 'unfinished', ops: [...this.#running] })
  }

  /** What fails in it was ended by another fault. */
  async exhaust(ms: number): Promise<void> {
    const hold = (application: Application): Promise<void> =>
      application.transaction(
        async (tx) => {
          await tx.read(NAMES[0]!)
          await sleep(ms)
          // No COMMIT that somebody might take for a call's.
          throw new Thrown('Rolled back')
        },
        { isolation: 'READ COMMITTED' },
      )
    await Promise.allSettled(
      this.#slots.flatMap(({ application }) => Array.from({ length: POOL_SIZE }, () => hold(application))),
    )
  }

  setClock(offsetMs: number): void {
    Date.now = () => realNow() + offsetMs
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.#slots.map(({ application }) => application.close()))
  }

  async #work({ kind, role, patience, application }: OpenSlot, task: string): Promise<void> {
    const { seed, name, incarnation, isOrderly } = this.#start
    const random = new Random(seed, name, incarnation, task)
    const caller: Caller = {
      source: kind,
      application,
      record: (event) => this.#record(event),
      newId: () => `${name}.${incarnation}.${task}.${++this.#calls}`,
    }
    const { joinsOwnTransactions } = application
    for (let turn = 0; !this.#isFinishing; turn += 1) {
      const due = turn < DUE_TURN ? [] : this.#dueOf(task)
      const plan = planCall(random, { source: kind, role, patience, joinsOwnTransactions, isOrderly, due })
      const isDone = await makeCall(caller, plan)
      const gapMs = random.integer(0, 10)
      await sleep(isDone ? gapMs : gapMs + AFTER_FAILURE_MS)
    }
  }

  #dueOf(task: string): Incident[] {
    if (!task.endsWith('-0')) return []
    const place = `${this.#start.name} ${task}`
    return DUE.filter(
      ({ incident, phases, only = place }) =>
        only === place && phases.some((phase) => !this.#struck.has(`${incident}/${phase}`)),
    ).map(({ incident }) => incident)
  }

  #record(event: Parameters<Recorder['record']>[0]): void {
    if (event.type === 'invoke') this.#running.add(event.op)
    if (event.type === 'ok' || event.type === 'fail' || event.type === 'unknown') this.#running.delete(event.op)
    this.#recorder.record(event)
    if (event.type === 'unknown') report({ unknown: event.op })
    if (event.type !== 'fault') return
    this.#struck.add(`${event.kind}/${event.phase}`)
    report({ struck: { kind: event.kind, phase: event.phase } })
  }
}

/** How often a pool's first connection is tried, and after which pause, in milliseconds: the server may be slow, or go just then. */
const FIRST_TRIES = 40
const FIRST_PAUSE_MS = 250

/** Until there is a connection to be looked at. */
async function useOnce(application: Application): Promise<void> {
  let lastError: unknown
  for (let tries = 0; tries < FIRST_TRIES; tries += 1) {
    try {
      await application.transaction(async (tx) => void (await tx.read(NAMES[0]!)), { isolation: undefined })
      if (application.pool().free > 0) return
    } catch (error) {
      lastError = error
    }
    await sleep(FIRST_PAUSE_MS)
  }
  throw lastError ?? new Error('The pool keeps no connection')
}

/** Longest wait for a lock that nobody but the other workers' like tries can have, in milliseconds. */
const AFTERWARDS_MS = 2_000

/** Answers why the lock could not be had. */
async function tryOnce(application: Application, name: string): Promise<string | undefined> {
  try {
    const lock = await application.acquire([name], { timeoutMs: AFTERWARDS_MS })
    await lock.release()
    return undefined
  } catch (error) {
    return outcomeOf(error, false).code
  }
}

let worker: Worker | undefined

async function obey(order: Order): Promise<unknown> {
  if (order.type === 'open') {
    worker = new Worker(order.start)
    return worker.open()
  }
  if (worker === undefined) throw new Error(`Told to ${order.type} before it was opened`)
  switch (order.type) {
    case 'begin':
      return worker.begin()
    case 'exhaust':
      return worker.exhaust(order.ms)
    case 'clock':
      return worker.setClock(order.offsetMs)
    case 'finish':
      return worker.finish()
    case 'inspect':
      return worker.inspect()
    case 'try-all':
      return worker.tryAll()
    case 'record':
      return worker.recordPools('end')
    case 'close':
      return worker.close()
  }
}

function report(message: Report | Struck | Unknown): void {
  process.send?.(message, undefined, undefined, () => {})
}

process.on('message', ({ id, order }: { readonly id: number; readonly order: Order }) => {
  obey(order).then(
    (result) => report({ id, result }),
    (error: unknown) => report({ id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
  )
})
process.on('disconnect', () => process.exit())
// A terminal sends Ctrl-C to every process; the coordinator ends the workers when it has heard of it.
process.on('SIGINT', () => {})
process.on('unhandledRejection', (error) => {
  if (!isFailedConnect(error)) throw error
})
