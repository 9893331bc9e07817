import assert from 'node:assert/strict'
import { distributionOf } from '@ormutex-test/bench/distribution'
import { OperationLog, operationsIn, overlapIn } from '@ormutex-test/bench/operations'

const operation = (entered: number, left: number) => ({ asked: entered, entered, left, done: left })

describe("the benchmark's operations", () => {
  it('go from one process to another as they are', () => {
    const log = new OperationLog()
    for (let at = 0; at < 10_000; at += 1) log.add(at, at + 0.1, at + 0.2, at + 0.3)
    const operations = operationsIn(log.packed())
    assert.equal(operations.length, 10_000)
    assert.deepEqual(operations[9_999], { asked: 9_999, entered: 9_999.1, left: 9_999.2, done: 9_999.3 })
  })

  it('show two that were inside at once, in whatever order they are told of', () => {
    assert.equal(overlapIn([operation(5, 6), operation(1, 2), operation(2, 5)]), undefined)
    assert.deepEqual(overlapIn([operation(3, 4), operation(1, 3.5)]), [operation(1, 3.5), operation(3, 4)])
  })

  it('show one that was inside for as long as several others', () => {
    assert.notEqual(overlapIn([operation(1, 9), operation(10, 11), operation(2, 3), operation(4, 5)]), undefined)
  })

  it('have percentiles', () => {
    const { p50, p99, max } = distributionOf(Array.from({ length: 1_000 }, (_, index) => index + 1))
    for (const [actual, expected] of [
      [p50, 500],
      [p99, 990],
      [max, 1_000],
    ] as const)
      assert.ok(Math.abs(actual - expected) / expected < 0.002, `${actual}`)
  })
})
