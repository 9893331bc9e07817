import { readFileSync, writeFileSync } from 'node:fs'
import type { Adapter } from '../applications/sources.js'
import type { Phase } from '../history/events.js'
import { Random } from '../random.js'
import { type FaultName, FAULTS, type LaneName } from './faults/catalogue.js'
import type { Fault } from './faults/fault.js'

/** A fault that is to come. */
export interface PlannedFault {
  /** After the lane's previous one was over, in milliseconds. */
  readonly afterMs: number
  readonly kind: FaultName
  readonly phase: Phase
  /** Which of those that could be hit: from 0 to below 1. */
  readonly pick: number
  /** Of a COMMIT: whether it is hit before the server gets it, or just after. Of a hold or a wait: whether it may have just begun. */
  readonly isEarly: boolean
}

/** Everything that is decided about a run before it begins; the same again is the same run, as far as the machine allows. */
export interface Schedule {
  readonly seed: number
  readonly server: 'mysql' | 'mariadb'
  readonly adapters: readonly Adapter[]
  readonly seconds: number
  /** Whether every call asks for further locks in the order of the names only, so that no deadlock is possible. */
  readonly isOrderly: boolean
  /** Faults of one lane come one after the other, those of different lanes side by side. */
  readonly lanes: Readonly<Record<LaneName, readonly PlannedFault[]>>
}

/** Between two faults of a lane: the calls need calm, too, or there is nothing that could go wrong. */
const GAPS_MS: Readonly<Record<LaneName, readonly [number, number]>> = {
  server: [400, 1_600],
  process: [400, 1_800],
  session: [100, 1_000],
}

/** In seconds: shorter than a round of any lane, so that no lane runs out of faults, even in a run that goes on for longer. */
const SHORTEST_ROUND_S = 8

export function planSchedule(options: Omit<Schedule, 'isOrderly' | 'lanes'>): Schedule {
  const rounds = Math.ceil(options.seconds / SHORTEST_ROUND_S) + 1
  const kinds = kindsFor(options.adapters)
  const plan = (lane: LaneName): PlannedFault[] => planLane(lane, kinds, rounds, new Random(options.seed, lane))
  return {
    ...options,
    isOrderly: options.seed % 2 === 1,
    lanes: { server: plan('server'), process: plan('process'), session: plan('session') },
  }
}

/** Each fault in each phase once, then all of them again in another order. */
function planLane(lane: LaneName, kinds: readonly FaultName[], rounds: number, random: Random): PlannedFault[] {
  const ofLane = kinds.filter((kind) => FAULTS[kind].lane === lane)
  const round = ofLane.flatMap((kind) => FAULTS[kind].phases.map((phase) => ({ kind, phase })))
  return Array.from({ length: rounds }, () => random.shuffled(round)).flatMap((faults) =>
    faults.map((fault) => ({
      afterMs: random.integer(...GAPS_MS[lane]),
      ...fault,
      pick: random.fraction(),
      isEarly: random.chance(0.5),
    })),
  )
}

export function writeSchedule(file: string, schedule: Schedule): void {
  writeFileSync(file, `${JSON.stringify(schedule, undefined, 2)}\n`)
}

export function readSchedule(file: string): Schedule {
  return JSON.parse(readFileSync(file, 'utf8')) as Schedule
}

/** What has to have struck in a run, besides the coordinator's own faults: what calls do to themselves. */
export function requirementsOf(
  { adapters }: Schedule,
  canSetClock: boolean,
): { readonly kind: string; readonly phase: Phase }[] {
  const coordinated = kindsFor(adapters).flatMap((kind) => {
    const { phases, needsClock }: Fault = FAULTS[kind]
    return needsClock === true && !canSetClock ? [] : phases.map((phase) => ({ kind, phase }))
  })
  return [
    ...coordinated.filter(({ kind }) => kind !== 'foreign-holder'),
    ...both('wait-timeout'),
    ...both('statement-limit'),
    ...(hasQueryTimeout(adapters) ? both('query-timeout') : []),
    ...(adapters.includes('prisma') ? both('prisma-timeout') : []),
    ...both('abort'),
    { kind: 'abort', phase: 'committing' },
    { kind: 'hold-timeout', phase: 'holding' },
  ]
}

/** The coordinator's faults that some connection of these adapters can meet. */
function kindsFor(adapters: readonly Adapter[]): FaultName[] {
  const kinds = Object.keys(FAULTS) as FaultName[]
  return kinds.filter((kind) => kind !== 'query-timeout' || hasQueryTimeout(adapters))
}

/** Whether a driver can be told to give a statement up: mysql2 can. */
function hasQueryTimeout(adapters: readonly Adapter[]): boolean {
  return adapters.some((adapter) => adapter !== 'prisma')
}

function both(kind: string): { kind: string; phase: Phase }[] {
  return [
    { kind, phase: 'holding' },
    { kind, phase: 'waiting' },
  ]
}
