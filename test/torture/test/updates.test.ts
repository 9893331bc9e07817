import assert from 'node:assert/strict'
import { check } from '@ormutex-test/torture/checker/check'
import { edited, Story, without } from './fixtures/story.js'
import { assertBroken, assertSound } from './fixtures/verdicts.js'

describe("the checker's rule 1: every update of a counter is there, once", () => {
  const story = () =>
    new Story()
      .call('x')
      .call('y')
      .call('z', { names: ['a', 'b'] })

  it('finds nothing in a history that has them', () => {
    assertSound(story().finished())
    assertSound(new Story().finished())
  })

  it('takes rows in whatever order the server gave them', () => {
    const events = story().finished()
    const reversed = events.filter(({ type }) => type === 'ledger').toReversed()
    assertSound(edited(events, 'ledger', ({ op }) => (op === 'x' ? reversed : [])))
  })

  it('names who is concerned', () => {
    const events = edited(story().finished(), 'ledger', (row) => (row.op === 'y' ? { ...row, readValue: 5 } : row))
    const gaps = check(events).violations.filter(({ rule }) => rule === 1)
    assert.deepEqual(
      gaps.map(({ ops }) => ops),
      [
        ['x', 'z'],
        ['z', 'y'],
      ],
    )
  })

  it('sees a value that two have read', () => {
    // What two holders at once do to a counter: it ends one short.
    const rows = edited(story().finished(), 'ledger', (row) =>
      row.name === 'a' && row.op !== 'x' ? { ...row, readValue: row.readValue - 1 } : row,
    )
    const events = edited(rows, 'counter', (counter) => (counter.name === 'a' ? { ...counter, value: 2 } : counter))
    assertBroken(events, 1, [/^a: 0 .* x, y$/, /^a: the counter holds 2 after 3/])
  })

  it('sees a value that nobody has read', () => {
    const events = edited(story().finished(), 'ledger', (row) =>
      row.op === 'z' && row.name === 'a' ? { ...row, readValue: 3 } : row,
    )
    assertBroken(events, 1, [/^a: after 1 \(y\) the next value that was read is 3 \(z\), expected 2/])
  })

  it('sees a value that no counter has', () => {
    const read = (readValue: number) =>
      edited(new Story().call('x').finished(), 'ledger', (row) => ({ ...row, readValue }))
    assertBroken(read(1), 1, [/^a: after -1 \(the beginning\) the next value that was read is 1 \(x\), expected 0/])
    assertBroken(read(-1), 1, [/is -1 \(x\)/])
    assertBroken(read(0.5), 1, [/is 0\.5 \(x\)/])
  })

  it('sees a counter that is not what was written', () => {
    const events = edited(story().finished(), 'counter', (counter) =>
      counter.name === 'b' ? { ...counter, value: 2 } : counter,
    )
    assertBroken(events, 1, [/^b: the counter holds 2 after 1/])
  })

  it('sees that nobody looked at a counter, though nobody wrote to it either', () => {
    const events = edited(story().finished(), 'counter', (counter) => (counter.name === 'c' ? [] : counter))
    assertBroken(events, 1, [/^c: nobody looked/])
  })

  it('in an unfinished run sees duplicates, and leaves gaps and counters for later', () => {
    const isComplete = false
    const events = story().sofar()
    assertSound(events, { isComplete })
    assertSound(
      edited(events, 'ledger', (row) => (row.op === 'x' ? [] : row)),
      { isComplete },
    )
    const duplicate = edited(events, 'ledger', (row) => (row.op === 'y' ? { ...row, readValue: 0 } : row))
    assertBroken(duplicate, 1, [/^a: 0 .* x, y$/], { isComplete })
    assertSound(without(duplicate, 'ledger'), { isComplete })
  })
})
