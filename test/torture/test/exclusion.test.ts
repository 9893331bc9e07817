import assert from 'node:assert/strict'
import { check } from '@ormutex-test/torture/checker/check'
import { type CallPlan, edited, type FaultPlan, Story } from './fixtures/story.js'
import { assertBroken, assertSound } from './fixtures/verdicts.js'

/** Granted at that moment, and leaving at the other. */
function from(grant: number, leaving: number, plan: CallPlan = {}): CallPlan {
  return { at: grant - 5, waitMs: 5, holdMs: leaving - grant, ...plan }
}

const WITHOUT_COMMIT = { ending: 'fail', code: 'THROWN' } as const
const INSIDE_AT_ONCE = /^a: x \(20 to 40\) and y \(30 to 50\) were inside at once, no fault had met either/

/** Two of which the second is granted the lock 10 ms before the first leaves, neither of which commits. */
function overlapping(first: CallPlan = {}, second: CallPlan = {}): Story {
  return new Story()
    .call('x', { ...from(20, 40), ...WITHOUT_COMMIT, by: 'w1', session: '11', ...first })
    .call('y', { ...from(30, 50), ...WITHOUT_COMMIT, by: 'w2', session: '12', ...second })
}

describe("the checker's rule 4: no two are inside at once", () => {
  it('sees two that no fault has met', () => {
    assertBroken(overlapping().finished(), 4, [INSIDE_AT_ONCE])
    assertBroken(overlapping({ kind: 'held', ending: 'ok' }, { kind: 'held', ending: 'ok' }).finished(), 4, [
      INSIDE_AT_ONCE,
    ])
  })

  it('sees each of several that are inside with one', () => {
    const story = new Story().call('x', { ...from(20, 90), ...WITHOUT_COMMIT })
    story.call('y', { ...from(30, 40), ...WITHOUT_COMMIT }).call('z', { ...from(50, 60), ...WITHOUT_COMMIT })
    assertBroken(story.finished(), 4, [/x \(20 to 90\) and y/, /x \(20 to 90\) and z/])
  })

  it('takes two that touch, and two on other names', () => {
    assertSound(overlapping({}, from(40, 50)).finished())
    assertSound(overlapping({}, { names: ['b'] }).finished())
    assertBroken(overlapping({ names: ['b', 'a'] }, { names: ['a', 'c'] }).finished(), 4, [INSIDE_AT_ONCE])
  })

  it('sees one that was inside for no time, and takes it between two', () => {
    const brief = (moment: number) => overlapping({}, from(moment, moment))
    assertBroken(brief(30).finished(), 4, [/x \(20 to 40\) and y \(30 to 30\)/])
    assertSound(
      brief(40)
        .call('z', { ...from(40, 50), by: 'w3' })
        .finished(),
    )
    const before = new Story()
      .call('z', { ...from(20, 40), by: 'w3' })
      .call('x', { ...from(20, 20), ...WITHOUT_COMMIT })
    assertSound(before.finished())
  })

  it('ends a hold with whatever comes first', () => {
    const endings = [
      overlapping().says(29, { type: 'lost', op: 'x', code: 'LOCK_LOST' }),
      overlapping().says(29, { type: 'released', op: 'x' }),
      overlapping({ ...from(20, 28), commits: undefined }),
      overlapping({ ending: 'never', commits: undefined }).workerEnds('w1', 29),
    ]
    for (const story of endings) assertSound(story.finished())
    // After the second was granted it is too late.
    assertBroken(overlapping().says(31, { type: 'lost', op: 'x', code: 'LOCK_LOST' }).finished(), 4, [/20 to 31/])
    const killed = overlapping({ ending: 'never', commits: undefined }).workerEnds('w1', 45)
    assertBroken(killed.finished(), 4, [/20 to 45/])
  })

  it('takes a call that asks again for what it has', () => {
    const story = new Story().call('x', { ...from(20, 40), names: ['a'] })
    const events = edited(story.finished(), 'acquired', (event) => [event, { ...event, at: 30 }])
    assertSound(events)
    // It is one hold, from the first grant on.
    const told = overlapping()
    const again = edited(told.finished(), 'acquired', (event) =>
      event.op === 'x' ? [event, { ...event, at: 35 }] : event,
    )
    assertBroken(again, 4, [INSIDE_AT_ONCE])
  })

  it('takes no grant into account that was lost before', () => {
    const story = new Story()
      .call('x', { ...from(20, 40), ...WITHOUT_COMMIT, kind: 'joined', names: ['a'] })
      .says(25, { type: 'lost', op: 'x', code: 'LOCK_LOST' })
      .says(35, { type: 'acquired', op: 'x', names: ['b'], session: '1', token: '1', waitedMs: 1 })
    assertSound(story.call('y', { ...from(30, 50), names: ['b'], by: 'w2' }).finished())
  })

  for (const kind of ['clock-back', 'client-clock-back', 'latency', 'abort', 'pool-exhausted', 'kill-query'])
    it(`takes ${kind} for no excuse`, () => {
      const everybody = { at: 25, target: { everybody: true } }
      assertBroken(overlapping().fault(kind, everybody).finished(), 4, [INSIDE_AT_ONCE])
    })

  it('takes a hold for one that the server may have ended, when it was as long as a session may be idle', () => {
    const story = (end: number) =>
      overlapping({ ...from(20, end), holdTimeoutMs: 9_999 }, { ...from(end - 5, end + 5), at: end - 10 }).finished()
    assertBroken(story(20 + 1_749), 4, [/were inside at once/])
    const { violations, figures } = check(story(20 + 1_750))
    assert.deepEqual(violations, [])
    assert.deepEqual(figures.staleBeliefMs, { 'wait-timeout': [5] })
  })

  const FITTING: Readonly<Record<string, FaultPlan>> = {
    'its session': { at: 25, target: { session: '11' } },
    'its worker': { at: 25, target: { worker: 'w1' } },
    itself: { at: 25, target: { op: 'x' } },
    everybody: { at: 25, target: { everybody: true } },
    'the other one': { at: 25, target: { op: 'y' } },
    'its worker, from before on': { at: 1, forMs: 14, target: { worker: 'w1' } },
    'its worker, in the last moment': { at: 41, target: { worker: 'w1' } },
  }
  for (const [title, plan] of Object.entries(FITTING))
    it(`takes two of which one was met by a fault, for a stale belief (${title})`, () => {
      const { violations, figures } = check(overlapping().fault('kill-session', plan).finished())
      assert.deepEqual(violations, [])
      assert.deepEqual(figures.staleBeliefMs, { 'kill-session': [10] })
      assert.deepEqual(figures.longestStaleBelief, {
        seed: 7,
        name: 'a',
        ops: ['x', 'y'],
        ms: 10,
        faultKind: 'kill-session',
      })
    })

  const NOT_FITTING: Readonly<Record<string, FaultPlan>> = {
    'another session': { at: 25, target: { session: '13' } },
    'another worker': { at: 25, target: { worker: 'w3' } },
    'another call': { at: 25, target: { op: 'z' } },
    nobody: { at: 25, target: { everybody: false } },
    'over before': { at: 1, forMs: 13, target: { worker: 'w1' } },
    'over at once': { at: 14, target: { worker: 'w1' } },
    'after it': { at: 42, target: { worker: 'w1' } },
  }
  for (const [title, plan] of Object.entries(NOT_FITTING))
    it(`is not mistaken by a fault that met neither (${title})`, () => {
      assertBroken(overlapping().fault('kill-session', plan).finished(), 4, [INSIDE_AT_ONCE])
    })

  it('sees two that both committed, whatever has met them', () => {
    const committed = (plan: CallPlan = {}) =>
      overlapping({ ending: 'unknown', isCommitted: true, ...plan }, { ending: 'ok', ...plan })
        .fault('kill-server', { at: 25, target: { everybody: true } })
        .finished()
    assertBroken(committed(), 4, [/inside at once, both have committed/])
    // Where a row with the highest token guards the commits, a late one is refused only if it is late.
    assertSound(committed({ kind: 'fenced', names: ['f'] }))
    assert.equal(check(committed({ kind: 'fenced', names: ['f'] })).figures.longestStaleBelief?.ms, 10)
    assertBroken(committed({ kind: 'fenced', names: ['f', 'b'] }), 4, [/^b: .* both have committed/])
  })

  it('tells two that no fault has met apart from one that a fault had met and that lasts longer', () => {
    const story = new Story().call('s', { ...from(15, 99), ...WITHOUT_COMMIT, session: '10' })
    story.call('x', { ...from(20, 40), ...WITHOUT_COMMIT }).call('y', { ...from(30, 50), ...WITHOUT_COMMIT, by: 'w2' })
    const events = story.fault('kill-session', { at: 16, target: { session: '10' } }).finished()
    assertBroken(events, 4, [/x \(20 to 40\) and y/])
    assert.deepEqual(check(events).figures.staleBeliefMs, { 'kill-session': [20, 20] })
  })

  it('names the last fault that had struck by then', () => {
    const story = overlapping()
      .fault('early', { at: 16, target: { worker: 'w1' } })
      .fault('late', { at: 33, target: { session: '12' } })
      .fault('later', { at: 45, target: { session: '12' } })
    assert.deepEqual(check(story.finished()).figures.staleBeliefMs, { late: [10] })
  })

  it('in an unfinished run judges only what is over, and whose faults are known', () => {
    const isComplete = false
    assertBroken(
      overlapping()
        .serverStarts(60)
        .sofar()
        .filter(({ type }) => type !== 'ledger'),
      4,
      [INSIDE_AT_ONCE],
      { isComplete },
    )
    assertSound(overlapping().serverStarts(50).sofar(), { isComplete })
    const unended = overlapping({ ending: 'never', commits: undefined }).serverStarts(60)
    assertSound(unended.sofar(), { isComplete })
    // A fault of which it is not known that it is over.
    const stopped = overlapping()
      .fault('stop-client', { at: 1, target: { worker: 'w1' } })
      .serverStarts(60)
    assertSound(stopped.sofar(), { isComplete })
    // Nor does anybody hold a lock beyond what is known of its process.
    const apart = overlapping({ ending: 'never', commits: undefined }, from(41, 50))
      .serverStarts(60)
      .workerEnds('w1', 60)
    assertSound(apart.sofar(), { isComplete })
  })
})
