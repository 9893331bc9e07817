import assert from 'node:assert/strict'
import { deriveKey, LockEngine } from '@ormutex/core'
import { SqlBackend } from '@ormutex/core/sql'
import type { Scheduler } from 'fast-check'
import { FakeClock, settle } from '../fake-clock.js'
import { RaceCall } from './race-call.js'
import { Holders } from './holders.js'
import { ModelConnection, type Wire } from './model-connection.js'
import { ModelPool, type ModelTransaction } from './model-pool.js'
import { ModelServer } from './model-server.js'
import { modelSource } from './model-source.js'
import type { Event, FaultKind, Scenario, StatementKind } from './scenario.js'

/** More steps than any race takes: one that takes more goes on for ever. */
const MOST_STEPS = 5_000

/** How long a ping may take, in milliseconds, before its connection is given up. */
const LONGEST_ANSWER_MS = 1_000

/** Something that may be scheduled from a step on. */
interface Coming {
  readonly at: number
  readonly label: string
  readonly happen: () => void
}

/** Of every process here. */
const NAMESPACE = ''

/** One scenario in one order of events, on a server of its own. */
export class Race implements Wire {
  readonly clock = new FakeClock()
  readonly server: ModelServer
  readonly rejectsSevered: boolean
  readonly tellsLate: boolean
  readonly handsOver: boolean
  readonly holders: Holders
  readonly calls: RaceCall[]
  /** Rows whose COMMIT has left this side. */
  readonly sentToCommit = new Set<number>()
  /** What went wrong so far, as far as it was meant to. */
  readonly happened = { lost: 0, error: 0, closed: 0 }
  readonly #scheduler: Scheduler
  readonly #scenario: Scenario
  readonly #violations: string[] = []
  readonly #pools: ModelPool[] = []
  readonly #engines: LockEngine<ModelTransaction, object>[] = []
  readonly #connections: ModelConnection[] = []
  readonly #statements = new Map<StatementKind, number>()
  readonly #coming: Coming[]
  #step = 0
  /** Only what comes after it still runs. */
  #isOver = false

  constructor(scheduler: Scheduler, scenario: Scenario) {
    this.#scheduler = scheduler
    this.#scenario = scenario
    this.rejectsSevered = scenario.rejectsSevered
    this.tellsLate = scenario.tellsLate
    this.handsOver = scenario.handOverMs > 0
    this.server = new ModelServer(this.clock, {
      broken: (what) => this.broken(what),
      released: (key, session) => this.holders.released(key, session),
    })
    this.holders = new Holders(this.server, (what) => this.broken(what))
    for (let process = 0; process < scenario.processes; process += 1) this.#begin()
    this.calls = scenario.calls.map((plan, id) => new RaceCall(this, this.#engines[plan.process]!, plan, id))
    this.#coming = [
      ...this.#stranger(),
      ...this.calls.flatMap((call) => call.coming),
      ...scenario.events.map((event) => ({ ...this.#comingOf(event), at: event.at })),
    ].toSorted((one, other) => one.at - other.at)
  }

  turn(label: string): Promise<void> {
    return this.#scheduler.schedule(Promise.resolve(), label)
  }

  broken(what: string): void {
    this.#violations.push(what)
  }

  commitSent(rows: readonly number[]): void {
    for (const row of rows) this.sentToCommit.add(row)
  }

  faultOf(kind: StatementKind): FaultKind | undefined {
    if (this.#isOver) return undefined
    const nth = this.#statements.get(kind) ?? 0
    this.#statements.set(kind, nth + 1)
    const fault = this.#scenario.faults.find((each) => each.on === kind && each.nth === nth)?.how
    if (fault !== undefined) this.happened[fault === 'error' ? 'error' : 'lost'] += 1
    return fault
  }

  /** Whether anybody else wants what a call wants. */
  hasRivals(call: RaceCall): boolean {
    const rivals = this.calls.filter(({ keys }) => keys.some((key) => call.keys.includes(key)))
    return rivals.length > 1 || this.#scenario.strangerUntil !== undefined
  }

  /** To the end, when nothing goes on any more. @throws when a rule was broken on the way, or something is left */
  async run(): Promise<void> {
    do await this.#runUntilIdle()
    while (this.clock.step(Infinity) && this.#step < MOST_STEPS)
    if (this.#step >= MOST_STEPS) this.broken('it goes on for ever')
    for (const call of this.calls) call.check()
    this.#checkNothingLeft()
    this.#isOver = true
    for (const engine of this.#engines) await this.#checkStillWorks(engine)
    assert.deepEqual(this.#violations, [])
  }

  /** Until nothing happens any more, unless time passes. */
  async #runUntilIdle(): Promise<void> {
    while (this.#step < MOST_STEPS) {
      this.#scheduleUntil(this.#step)
      const gap = this.#scenario.gaps[this.#step]
      if (gap === undefined || this.#scheduler.count() === 0) await settle()
      else for (let microtask = 0; microtask < gap; microtask += 1) await Promise.resolve()
      // Neither awaited nor waitNext: in both, time goes by within which nothing else could happen.
      if (this.#scheduler.count() > 0) void this.#scheduler.waitOne()
      else if (this.#coming.length > 0) this.#scheduleUntil(this.#coming[0]!.at)
      else return
      this.#step += 1
    }
  }

  /** Nothing that was left inside keeps the next call from waiting at the server, where it is granted when its time has come. */
  async #checkStillWorks(engine: LockEngine<ModelTransaction, object>): Promise<void> {
    const key = deriveKey(NAMESPACE, 'a')
    const stranger = this.server.open()
    this.server.take(stranger, key)
    let isGranted = false
    void engine
      .withLock('a', () => {}, { keepAliveMs: 0 })
      .then(
        () => (isGranted = true),
        (error: unknown) => this.broken(`a later call failed: ${String(error)}`),
      )
    await this.#runUntilIdle()
    if (!this.server.isWaitedFor(key)) this.broken('a later call does not wait at the server')
    this.server.end(stranger)
    await this.#runUntilIdle()
    if (!isGranted) this.broken('a later call was not granted')
  }

  #begin(): void {
    const { poolSize, handOverMs, chains } = this.#scenario
    const connect = (): ModelConnection => {
      const connection = new ModelConnection(this)
      this.#connections.push(connection)
      return connection
    }
    const pool = new ModelPool(poolSize, connect, () => this.turn('a connection is had'))
    this.#pools.push(pool)
    const backend = new SqlBackend(modelSource(pool, poolSize, chains), undefined, this.clock)
    this.#engines.push(new LockEngine(backend, { namespace: NAMESPACE, handOverMs }, this.clock))
  }

  #scheduleUntil(step: number): void {
    while (this.#coming.length > 0 && this.#coming[0]!.at <= step) {
      const { label, happen } = this.#coming.shift()!
      void this.turn(label).then(happen)
    }
  }

  /** A program of another kind, which has a key at first. */
  #stranger(): Coming[] {
    const { strangerUntil } = this.#scenario
    if (strangerUntil === undefined) return []
    const session = this.server.open()
    this.server.take(session, deriveKey(NAMESPACE, 'a'))
    return [{ at: strangerUntil, label: 'the stranger is gone', happen: () => this.server.end(session) }]
  }

  #comingOf({ what }: Event): Omit<Coming, 'at'> {
    if ('clockMs' in what) {
      const happen = (): void => {
        // Whatever is not answered in that time is given up as lost.
        if (what.clockMs >= LONGEST_ANSWER_MS) this.happened.lost += 1
        this.clock.step(what.clockMs)
      }
      return { label: `${what.clockMs} ms pass`, happen }
    }
    if ('close' in what) {
      return {
        label: `process ${what.close} shuts down`,
        happen: () => {
          this.happened.closed += 1
          void this.#engines[what.close % this.#engines.length]!.close().catch(() => this.broken('close rejected'))
        },
      }
    }
    const how = 'cut' in what ? 'cut' : 'kill'
    const nth = 'cut' in what ? what.cut : what.kill
    return {
      label: `${how} ${nth}`,
      happen: () => {
        const connection = this.#connections[nth % Math.max(1, this.#connections.length)]
        if (connection === undefined) return
        this.happened.lost += 1
        connection[how]()
      },
    }
  }

  #checkNothingLeft(): void {
    if (this.clock.armed > 0) this.broken(`${this.clock.armed} timers are armed`)
    for (const key of this.server.heldKeys) this.broken(`${key} is still held`)
    for (const { waiting } of this.#pools) if (waiting > 0) this.broken(`${waiting} wait for a connection`)
    for (const connection of this.#connections) {
      if (connection.isPinned) this.broken(`connection ${connection.session.id} was not given back`)
      if (connection.listening > 0) this.broken(`connection ${connection.session.id} is still listened to`)
    }
  }
}
