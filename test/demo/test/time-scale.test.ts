import assert from 'node:assert/strict'
import { cellAt, timeScaleFor } from '@ormutex-test/demo/time-scale'
import { operation, result, withLock, withoutLock } from './fixtures.js'

const runOf = (count: number, lengthMs: number) => {
  const starts = Array.from({ length: count }, (_, index) => index * lengthMs)
  return result(
    'with lock',
    count,
    starts.map((at, index) => operation(at, at, at + lengthMs, index)),
  )
}

describe("the demo's time scale", () => {
  it('gives an operation of the usual length room for its numbers', () => {
    const scale = timeScaleFor([runOf(100, 4.5)], 86)
    assert.deepEqual(scale, { cells: 86, windowMs: 50, tickMs: 10 })
  })

  it('shows the end of longer ones of another run', () => {
    assert.equal(timeScaleFor([runOf(100, 4.5), runOf(100, 28)], 86).windowMs, 60)
  })

  it('keeps the shorter ones readable', () => {
    assert.equal(timeScaleFor([runOf(100, 4.5), runOf(100, 450)], 86).windowMs, 80)
  })

  it('is no longer than the longest run', () => {
    assert.equal(timeScaleFor([withoutLock, withLock], 86).windowMs, 30)
  })

  it('grows with a slow machine', () => {
    assert.deepEqual(timeScaleFor([runOf(100, 100)], 66), { cells: 66, windowMs: 800, tickMs: 200 })
  })

  it('gives no two operations the same cell when one ends before the other starts', () => {
    const scale = { cells: 86, windowMs: 50, tickMs: 10 }
    for (let at = 0; at < 50; at += 0.01) assert.ok(cellAt(at, scale) <= cellAt(at + 0.001, scale))
    assert.equal(cellAt(50, scale), 86)
  })
})
