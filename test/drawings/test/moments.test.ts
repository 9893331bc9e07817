import assert from 'node:assert/strict'
import { sequenceOf } from '@ormutex-test/drawings/moments'
import { right, statement, wrong } from './fixtures.js'

const wordsOf = (events: typeof right.events) => sequenceOf(events).moments.map(({ lane, words }) => `${lane} ${words}`)

describe("a drawing's rows", () => {
  it('are what was asked and answered, by the time it was asked, and a lock that was waited for once more', () => {
    assert.deepEqual(wordsOf(right.events), [
      '0 from the pool',
      '0 GET_LOCK → 1',
      '0 BEGIN',
      '0 your callback',
      '0 SELECT balance → 100',
      '1 from the pool',
      '1 GET_LOCK waits',
      '0 UPDATE balance = 90',
      '0 COMMIT',
      '0 RELEASE_LOCK → 1',
      '1 → 1, granted',
      '0 back to the pool',
      '1 BEGIN',
      '1 your callback',
      '1 SELECT balance → 90',
      '1 UPDATE balance = 80',
      '1 COMMIT',
      '1 RELEASE_LOCK → 1',
      '1 back to the pool',
    ])
  })

  it('have the time of locks, waits and transactions beside them', () => {
    const { locks, transactions, waits } = sequenceOf(right.events)
    assert.deepEqual(locks, [
      { lane: 0, from: 1, to: 9 },
      { lane: 1, from: 10, to: 17 },
    ])
    assert.deepEqual(transactions, [
      { lane: 0, from: 2, to: 8 },
      { lane: 1, from: 12, to: 16 },
    ])
    assert.deepEqual(waits, [{ lane: 1, from: 6, to: 10 }])
  })

  it('show what goes wrong: a release in a transaction, and a balance that was read before', () => {
    const bad = (events: typeof right.events) =>
      sequenceOf(events).moments.flatMap(({ lane, words, isBad }) => (isBad ? [`${lane} ${words}`] : []))
    assert.deepEqual(bad(wrong.events), ['0 RELEASE_LOCK → 1', '1 SELECT balance → 100', '1 RELEASE_LOCK → 1'])
    assert.deepEqual(bad(right.events), [])
  })

  it('are not made of half a recording', () => {
    assert.throws(() => sequenceOf([statement(0, 'BEGIN', 0)]), /Not ended: transactions 0/)
    assert.throws(() => sequenceOf([statement(1, 'COMMIT', 0)]), /transactions of connection 2 end and have not begun/)
  })
})
