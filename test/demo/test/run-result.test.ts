import assert from 'node:assert/strict'
import {
  durationMs,
  expectedBalance,
  lostUpdates,
  overlapMs,
  overlaps,
  repeatedReads,
  startOf,
} from '@ormutex-test/demo/run-result'
import { operation, result, withLock, withoutLock } from './fixtures.js'

const near = (actual: number, expected: number) => assert.ok(Math.abs(actual - expected) < 0.01, `${actual}`)

describe("the demo's numbers", () => {
  it('are what was added and what is in the row', () => {
    assert.equal(expectedBalance(withoutLock), 3)
    assert.equal(lostUpdates(withoutLock), 1)
    assert.equal(lostUpdates(withLock), 0)
  })

  it('are the time from the first wish to begin to the last commit', () => {
    near(durationMs(withoutLock), 20)
    near(durationMs(withLock), 30)
  })

  it('are the time that two or more were at work, counted once', () => {
    near(overlapMs(withoutLock), 10)
    near(overlapMs(withLock), 0)
    const threeAtOnce = [[operation(0, 0, 10, 0)], [operation(0, 0, 10, 0)], [operation(0, 5, 15, 0)]]
    near(overlapMs(result('without lock', 1, ...threeAtOnce)), 10)
  })

  it('are when two or more were at work, of each time once', () => {
    const [first, ...others] = overlaps(withoutLock)
    assert.deepEqual(others, [])
    near(first!.from - startOf(withoutLock), 2)
    near(first!.to - startOf(withoutLock), 12)
    assert.deepEqual(overlaps(withLock), [])
    const apart = [
      [operation(0, 0, 10, 0), operation(20, 20, 30, 1)],
      [operation(5, 5, 8, 0), operation(25, 25, 35, 1)],
    ]
    assert.equal(overlaps(result('without lock', 2, ...apart)).length, 2)
  })

  it('are what was read again after another had read it', () => {
    assert.deepEqual(repeatedReads(withoutLock), new Set(withoutLock.processes[1]))
    assert.deepEqual(repeatedReads(withLock), new Set())
  })
})
