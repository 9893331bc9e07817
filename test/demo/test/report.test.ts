import assert from 'node:assert/strict'
import { introduction, summary, verdict } from '@ormutex-test/demo/report'
import { plain, withLock, withoutLock } from './fixtures.js'

const good = { without: withoutLock, with: withLock }

describe("the demo's report", () => {
  it('says what is going to happen', () => {
    const text = introduction({ processes: 4, increments: 25 }, plain)
    assert.match(text, /4 processes share account 42, whose balance is 0\. Each adds 1 to it, 25 times/)
    assert.match(text, /the balance is 100 at the end/)
  })

  it('closes with the numbers', () => {
    const { text, isGood } = verdict(good, plain)
    assert.equal(isGood, true)
    assert.match(text, /two or more were at work at once for 50 % of the time,\nand 1 of 3 updates was lost\./)
    assert.match(text, /none was lost/)
  })

  it('says so when the lock has failed', () => {
    const { text, isGood } = verdict({ ...good, with: { ...withLock, balance: 1 } }, plain)
    assert.equal(isGood, false)
    assert.match(text, /The lock has failed: .*\nand 2 of 3 updates were lost/)
  })

  it('takes it for a failure of the lock when two were at work at once, though nothing was lost', () => {
    const { text, isGood } = verdict({ ...good, with: { ...withoutLock, balance: 3 } }, plain)
    assert.equal(isGood, false)
    assert.match(text, /The lock has failed: with it, two or more were at work at once for 10\.0 ms/)
  })

  it('says so when the race ended well by chance', () => {
    const { text, isGood } = verdict({ ...good, without: { ...withoutLock, balance: 3 } }, plain)
    assert.equal(isGood, false)
    assert.match(text, /nothing was lost this time\. It is a race/)
  })

  it('is as wide as the terminal, but not wider than what one sees at a glance', () => {
    for (const [columns, most] of [
      [80, 80],
      [200, 100],
    ] as const) {
      for (const line of summary(good, { paint: plain, columns }).split('\n')) assert.ok(line.length <= most, line)
    }
  })
})
