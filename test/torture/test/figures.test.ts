import assert from 'node:assert/strict'
import { check } from '@ormutex-test/torture/checker/check'
import { distributionOf } from '@ormutex-test/torture/checker/distribution'
import type { Figures } from '@ormutex-test/torture/checker/figures'
import { mergeFigures } from '@ormutex-test/torture/checker/merge-figures'
import { type CallPlan, type FaultPlan, Story } from './fixtures/story.js'

function figuresOf(story: Story): Figures {
  return check(story.finished()).figures
}

describe("the checker's figures", () => {
  const eventful = () =>
    new Story()
      .call('x', { at: 10 })
      .call('y', { kind: 'held', waitMs: 30 })
      .call('z', { kind: 'try', waitMs: undefined, ending: 'fail', code: 'NOT_ACQUIRED' })
      .call('u', { ending: 'unknown', isCommitted: true })
      .call('v', { ending: 'unknown', isCommitted: false })
      .call('k', { ending: 'never', by: 'w2' })
      .workerEnds('w2', 1_010)
      .fault('kill-client', { at: 12, phase: 'holding' })
      .fault('kill-client', { at: 13, phase: 'holding' })
      .fault('kill-client', { at: 14, phase: 'waiting' })
      .fault('half-open', { at: 15, phase: 'committing' })

  it('say what a run consisted of', () => {
    const { takeOverMs: _, ...figures } = figuresOf(eventful())
    assert.deepEqual(figures, {
      runs: 1,
      seconds: 1,
      calls: { transaction: 4, held: 1, try: 1 },
      acquisitions: 5,
      commits: 2,
      ok: 2,
      failed: { NOT_ACQUIRED: 1 },
      unknown: { committed: 1, notCommitted: 1 },
      killed: 1,
      faults: { 'kill-client': { holding: 2, waiting: 1 }, 'half-open': { committing: 1 } },
      violations: 0,
      longestWait: { seed: 7, op: 'y', ms: 30 },
      staleBeliefMs: {},
      longestStaleBelief: null,
    })
  })

  it('count violations', () => {
    assert.equal(
      figuresOf(new Story().call('x', { isCommitted: false }).call('y', { isCommitted: false })).violations,
      2,
    )
  })

  it('are those of all runs when they are put together', () => {
    const figures = figuresOf(eventful())
    assert.deepEqual(mergeFigures([figures]), figures)
    assert.deepEqual(mergeFigures([JSON.parse(JSON.stringify(figures)) as Figures]), figures)
    const other: Figures = {
      ...figures,
      failed: { THROWN: 2 },
      violations: 2,
      takeOverMs: { 'half-open': [1], 'kill-client': [2] },
      staleBeliefMs: { 'half-open': [3] },
      longestWait: { seed: 8, op: 'o', ms: 31 },
    }
    const merged = mergeFigures([
      { ...figures, takeOverMs: { 'half-open': [4] } },
      other,
      { ...figures, takeOverMs: {} },
    ])
    assert.deepEqual(merged, {
      ...figures,
      runs: 3,
      seconds: 3,
      calls: { transaction: 12, held: 3, try: 3 },
      acquisitions: 15,
      commits: 6,
      ok: 6,
      failed: { NOT_ACQUIRED: 2, THROWN: 2 },
      unknown: { committed: 3, notCommitted: 3 },
      killed: 3,
      faults: { 'kill-client': { holding: 6, waiting: 3 }, 'half-open': { committing: 3 } },
      violations: 2,
      takeOverMs: { 'half-open': [4, 1], 'kill-client': [2] },
      staleBeliefMs: { 'half-open': [3] },
      longestWait: { seed: 8, op: 'o', ms: 31 },
    })
    assert.equal(mergeFigures([]).runs, 0)
  })

  it('have percentiles that are samples', () => {
    const samples = Array.from({ length: 1_000 }, (_, index) => 1_000 - index)
    assert.deepEqual(distributionOf(samples), { count: 1_000, p50: 500, p99: 990, worst: 1_000 })
    assert.deepEqual(distributionOf([3]), { count: 1, p50: 3, p99: 3, worst: 3 })
    assert.equal(distributionOf([]), undefined)
  })

  describe('tell how long a take-over took', () => {
    const target = { op: 'x', worker: 'w1', session: '1007' }
    /** Killed at 20 while it holds; another waits from 15 on and is granted the lock at 60. */
    const struck = (fault: Partial<FaultPlan>, waiter: CallPlan = {}) =>
      new Story()
        .call('x', { at: 10, ending: 'never', commits: undefined, holdMs: 100 })
        .call('y', { at: 15, waitMs: 45, by: 'w2', ...waiter })
        .fault('kill-client', { at: 20, target, names: ['a'], ...fault })
        .workerEnds('w1', 21)
    const takeOvers = (story: Story) => figuresOf(story).takeOverMs

    it('from the fault to the next grant', () => {
      assert.deepEqual(takeOvers(struck({})), { 'kill-client': [40] })
      assert.deepEqual(takeOvers(struck({ phase: 'committing' })), { 'kill-client': [40] })
    })

    it('to another call than the struck one', () => {
      const story = new Story()
        .call('x', { at: 10, waitMs: 15, holdMs: 5 })
        .call('y', { at: 15, waitMs: 45, by: 'w2' })
        .fault('kill-session', { at: 20, target: { op: 'x' }, names: ['a'] })
      assert.deepEqual(takeOvers(story), { 'kill-session': [40] })
    })

    it('but not of one that waited, nor where it is not known what it had', () => {
      assert.deepEqual(takeOvers(struck({ phase: 'waiting' })), {})
      assert.deepEqual(takeOvers(struck({ names: [] })), {})
      assert.deepEqual(takeOvers(struck({ names: ['b'] })), {})
    })

    it('only if somebody waited that the fault had not struck, too', () => {
      assert.deepEqual(takeOvers(struck({}, { at: 21, waitMs: 39 })), {})
      assert.deepEqual(takeOvers(struck({}, { names: ['b'] })), {})
      const besides = new Story()
        .call('x', { at: 10, ending: 'never', commits: undefined })
        .call('z', { at: 12, waitMs: undefined, ending: 'never' })
        .fault('kill-client', { at: 20, target, names: ['a'] })
        .workerEnds('w1', 21)
        .call('y', { at: 30, by: 'w2' })
      assert.deepEqual(takeOvers(besides), {})
    })

    it('also if who had waited gave up before', () => {
      const story = struck({}, { waitMs: undefined, holdMs: 80, ending: 'fail', code: 'LOCK_TIMEOUT' })
      assert.deepEqual(takeOvers(story.call('z', { at: 110, waitMs: 10, by: 'w3' })), { 'kill-client': [100] })
    })

    it('for each fault and name', () => {
      const story = struck({ names: ['a', 'b'] }, { names: ['b', 'a'] })
      story.call('w', { at: 80, waitMs: 1, holdMs: 50, by: 'w2' }).call('v', { at: 90, waitMs: 60, by: 'w3' })
      story.fault('half-open', { at: 100, target: { worker: 'w2' }, names: ['a'] })
      assert.deepEqual(takeOvers(story), { 'kill-client': [40, 40], 'half-open': [50] })
    })
  })
})
