import fc from 'fast-check'
import type { CallPlan, Event, Fault, FaultKind, Scenario, StatementKind } from './scenario.js'

/** Later than most of what happens in a race of a few calls. */
const LAST_STEP = 40

/** From which step on something may happen. */
export const anyStep = fc.nat({ max: LAST_STEP })

/** The same of what happens in about half of the races. */
export const maybeStep = fc.option(anyStep, { nil: undefined, freq: 2 })

/** A call; whatever is not given is the plainest there is. */
export function aCall(parts: {
  readonly [Part in keyof CallPlan]?: fc.Arbitrary<CallPlan[Part]>
}): fc.Arbitrary<CallPlan> {
  return fc.record({
    at: fc.nat({ max: 6 }),
    process: fc.constant(0),
    kind: fc.constantFrom<CallPlan['kind'][]>('withLock', 'acquire'),
    name: fc.constant('a'),
    timeoutMs: fc.constant(10_000),
    holdTimeoutMs: fc.constant(Infinity),
    orphanTimeoutMs: fc.constant(undefined),
    abortAt: fc.constant(undefined),
    joins: fc.constant(undefined),
    fails: fc.constant(false),
    releases: fc.constant(1),
    ...parts,
  })
}

/** A scenario; whatever is not given is the plainest there is. */
export function aScenario(parts: {
  readonly [Part in keyof Scenario]?: fc.Arbitrary<Scenario[Part]>
}): fc.Arbitrary<Scenario> {
  return fc.record({
    processes: fc.constant(1),
    poolSize: fc.integer({ min: 2, max: 5 }),
    handOverMs: fc.constant(50),
    chains: fc.boolean(),
    strangerUntil: fc.constant(undefined),
    rejectsSevered: fc.boolean(),
    tellsLate: fc.boolean(),
    calls: fc.constant([]),
    faults: fc.constant([]),
    events: fc.constant([]),
    gaps: fc.array(fc.oneof(fc.constant(0), fc.nat({ max: 40 })), { maxLength: LAST_STEP }),
    ...parts,
  })
}

/** What a callback takes besides: a name that nobody else asks for in another way. */
export const anotherLock = fc.option(
  fc.record({ name: fc.constant('c'), orphanTimeoutMs: fc.constantFrom(undefined, 2_000) }),
  { nil: undefined, freq: 2 },
)

/** Something that goes wrong with one of the first statements of some kinds. */
export function aFault(kinds: readonly StatementKind[], hows: readonly FaultKind[]): fc.Arbitrary<Fault> {
  return fc.record({ on: fc.constantFrom(...kinds), nth: fc.nat({ max: 3 }), how: fc.constantFrom(...hows) })
}

/** Every way in which a connection may go. */
export const LOSSES: readonly FaultKind[] = ['cut', 'unanswered', 'killed', 'silent']

export function anEvent(...whats: readonly fc.Arbitrary<Event['what']>[]): fc.Arbitrary<Event> {
  return fc.record({ at: anyStep, what: fc.oneof(...whats) })
}

/** Some time that passes: less than a hand-over, more than one; not enough to give up on a server. */
export const aMoment = fc.record({ clockMs: fc.constantFrom(1, 10, 60, 200) })

/** The same, and more than any patience. */
export const aWhile = fc.record({ clockMs: fc.constantFrom(1, 10, 60, 1_000, 11_000) })

/** A connection that is lost at any time. */
export const aLoss = fc.oneof(fc.record({ cut: fc.nat({ max: 3 }) }), fc.record({ kill: fc.nat({ max: 3 }) }))

/** One name or two, which others want in part. */
export const severalNames = fc.constantFrom<CallPlan['name'][]>('a', 'b', ['a', 'b'], ['b', 'a'])
