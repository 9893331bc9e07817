import type { Isolation } from '../applications/application.js'
import type { SourceKind } from '../applications/sources.js'
import type { Role, ServerPatience } from '../accounts.js'
import { type CallKind, type Phase, PHASES } from '../history/events.js'
import { FENCED_NAMES, NAMES, PLAIN_NAMES } from '../names.js'
import type { Random } from '../random.js'

/** What is to happen to a call from within. */
export type Incident =
  /** No statement for longer than the server's `wait_timeout`. */
  | 'wait-timeout'
  /** A statement longer than the session may run one. */
  | 'statement-limit'
  /** A statement longer than the driver waits. */
  | 'query-timeout'
  /** Longer than Prisma lets a transaction of its own last. */
  | 'prisma-timeout'
  /** Longer than the call's own `holdTimeoutMs`. */
  | 'hold-timeout'

/** One call, decided before it is made. */
export interface CallPlan {
  readonly kind: CallKind
  readonly names: readonly string[]
  readonly isolation: Isolation | undefined
  readonly timeoutMs: number
  readonly holdTimeoutMs: number
  readonly keepAliveMs?: number
  readonly orphanTimeoutMs?: number
  /** Between reading and writing. */
  readonly pauseMs: number
  /** When its signal is aborted: so long after the call, or when it has got as far as that. */
  readonly abort?: { readonly phase: Phase; readonly afterMs: number }
  /** The section throws when it has written everything. */
  readonly throws: boolean
  readonly incident?: Incident
  /** A name whose lock joins the transaction when the others have been written to. */
  readonly furtherName?: string
  /** Whether a lock that is held is asked for again, inside. */
  readonly isReentrant: boolean
  /** A call on the source itself, inside the section. */
  readonly nested?: CallPlan
}

/** Where a call is made, as far as what it can be depends on that. */
export interface Circumstances {
  readonly source: SourceKind
  readonly role: Role
  readonly patience: ServerPatience
  readonly joinsOwnTransactions: boolean
  readonly isOrderly: boolean
  /** Incidents of which the first that this call can have is not left to chance. */
  readonly due: readonly Incident[]
}

/** Long enough for a loss to be noticed before the lock would have been released, and less than the server lets a session be idle. */
const LONG_HOLD_MS = { brief: 1_700, long: 4_000 } as const

/** What is longer than any call holds by itself. */
const LONG_MS = 6_000

/** Decides on one call, by the random numbers alone. */
export function planCall(random: Random, circumstances: Circumstances): CallPlan {
  const kind = random.weighted<CallKind>([
    ['transaction', 50],
    ['try', 8],
    ['joined', circumstances.joinsOwnTransactions ? 14 : 0],
    ['fenced', 10],
    ['held', 18],
  ])
  const plan = planFor(kind, random, circumstances)
  // Everything was drawn by now: what comes after it is the same with this incident and without.
  const due = circumstances.due.find((incident) => canHave(incident, kind, circumstances))
  if (due !== undefined) return meeting(due, plan)
  if (kind !== 'transaction' || plan.incident !== undefined || !random.chance(0.1)) return plan
  const nested = planNested(random, plan, circumstances)
  return nested === undefined ? plan : { ...plan, nested }
}

/** The same call with this incident, and with nothing that would keep its session alive or end it sooner. */
function meeting(incident: Incident, plan: CallPlan): CallPlan {
  const { keepAliveMs: _, orphanTimeoutMs: __, ...rest } = plan
  return { ...rest, incident, holdTimeoutMs: LONG_MS }
}

function planFor(kind: CallKind, random: Random, circumstances: Circumstances): CallPlan {
  const names = namesFor(kind, random)
  const isLong = kind === 'held' && random.chance(0.04)
  const incident = planIncident(kind, random, circumstances)
  const furtherName =
    kind === 'transaction' || kind === 'joined' ? planFurther(random, names, circumstances) : undefined
  return {
    kind,
    names,
    // A transaction that has read under one lock does not see, at REPEATABLE READ, what others commit before it gets the next.
    isolation: planIsolation(random, furtherName !== undefined),
    timeoutMs:
      kind === 'try'
        ? 0
        : random.weighted([
            [random.integer(5, 300), 1],
            [random.integer(300, 4_000), 4],
          ]),
    holdTimeoutMs: incident === 'hold-timeout' ? random.integer(60, 200) : LONG_MS,
    pauseMs: isLong ? LONG_HOLD_MS[circumstances.patience] : planPause(random),
    throws: random.chance(0.07),
    isReentrant: random.chance(0.05),
    ...(!isLong && random.chance(0.1) && { keepAliveMs: 500 }),
    ...(random.chance(0.1) && { orphanTimeoutMs: 1_000 }),
    ...(random.chance(kind === 'joined' ? 0.3 : 0.12) && {
      abort: { phase: random.pick(PHASES), afterMs: random.integer(0, 150) },
    }),
    ...(incident !== undefined && { incident }),
    ...(furtherName !== undefined && { furtherName }),
  }
}

/** Mostly none is asked for, as most callers do: then it is the server's, which is REPEATABLE READ. */
function planIsolation(random: Random, takesFurtherLock: boolean): Isolation | undefined {
  if (takesFurtherLock) return 'READ COMMITTED'
  return random.weighted<Isolation | undefined>([
    [undefined, 6],
    ['READ COMMITTED', 2],
    ['REPEATABLE READ', 2],
  ])
}

function namesFor(kind: CallKind, random: Random): string[] {
  if (kind === 'fenced') return [random.pick(FENCED_NAMES)]
  const choices = kind === 'held' ? NAMES : PLAIN_NAMES
  if (!random.chance(0.25)) return [random.pick(choices)]
  // In any order: it is for the library to prevent deadlocks.
  return random.shuffled(choices).slice(0, random.integer(2, 3))
}

function planPause(random: Random): number {
  return random.weighted([
    [0, 6],
    [random.integer(1, 10), 6],
    [random.integer(10, 80), 1],
  ])
}

function planFurther(random: Random, names: readonly string[], circumstances: Circumstances): string | undefined {
  if (!random.chance(0.1)) return undefined
  const choices = furtherNames(random, names, circumstances)
  return choices.length === 0 ? undefined : random.pick(choices)
}

/** Names that may be asked for while others are held. Mostly later ones: whoever goes the other way may meet a deadlock. */
function furtherNames(random: Random, held: readonly string[], { isOrderly }: Circumstances): string[] {
  const others = PLAIN_NAMES.filter((name) => !held.includes(name))
  const goesTheOtherWay = !isOrderly && random.chance(0.3)
  return goesTheOtherWay ? others : others.filter((name) => held.every((before) => before < name))
}

function planNested(random: Random, outer: CallPlan, circumstances: Circumstances): CallPlan | undefined {
  const held = outer.furtherName === undefined ? outer.names : [...outer.names, outer.furtherName]
  const choices = furtherNames(random, held, circumstances)
  if (choices.length === 0) return undefined
  return {
    kind: 'transaction',
    names: [random.pick(choices)],
    isolation: undefined,
    timeoutMs: random.integer(50, 600),
    holdTimeoutMs: LONG_MS,
    pauseMs: planPause(random),
    throws: random.chance(0.07),
    isReentrant: false,
  }
}

/** How many of the calls that can have an incident do. */
const CHANCES = [
  ['statement-limit', 0.04],
  ['query-timeout', 0.01],
  ['prisma-timeout', 0.2],
  ['hold-timeout', 0.01],
] as const satisfies readonly (readonly [Incident, number])[]

function planIncident(kind: CallKind, random: Random, circumstances: Circumstances): Incident | undefined {
  return CHANCES.find(
    ([incident, probability]) => canHave(incident, kind, circumstances) && random.chance(probability),
  )?.[0]
}

function canHave(incident: Incident, kind: CallKind, { source, role }: Circumstances): boolean {
  switch (incident) {
    case 'wait-timeout':
      return true
    case 'statement-limit':
      return kind !== 'held' && role === 'limit'
    case 'query-timeout':
      return kind !== 'held' && (role === 'timeout' || source === 'mysql2' || source === 'knex')
    case 'prisma-timeout':
      return kind === 'joined' && source === 'prisma-lockable'
    case 'hold-timeout':
      return kind === 'transaction' || kind === 'held'
  }
}
