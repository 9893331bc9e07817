import assert from 'node:assert/strict'
import { widthOf } from '../dist/show/columns.js'
import type { TimedLock } from '../dist/show/lock-lines.js'
import { screenLines, type WatchView } from '../dist/watch/screen-lines.js'

function lock(key: string, waiters = 0): TimedLock {
  const ids = Array.from({ length: waiters }, (_, index) => String(100 + index))
  return {
    key,
    name: undefined,
    namespace: undefined,
    isOurs: 'yes',
    holder: { sessionId: '1', label: 'shop-1:4711', user: 'app', host: '10.0.0.7' },
    held: { ms: 1_500, isLowerBound: false },
    waiters: ids.map((sessionId) => ({ sessionId, label: 'shop-2:812' })),
    waited: new Map(),
  }
}

function screen(view: Partial<WatchView>, columns = 80, rows = 24): string[] {
  const whole: WatchView = {
    title: '"shop" on app@db:3306/shop',
    time: '14:02:31',
    locks: [],
    hidden: [],
    isComplete: true,
    ...view,
  }
  const lines = screenLines(whole, { columns, rows }).map((line) => line.map(({ text }) => text).join(''))
  assert.ok(lines.length <= rows, `${lines.length} lines`)
  for (const line of lines) assert.ok(widthOf(line) <= columns, line)
  return lines
}

describe('the screen of watch', () => {
  it('has a title with the counts and the time, the locks, and how to leave', () => {
    const lines = screen({ locks: [lock('a', 2), lock('b')] })
    assert.equal(lines[0], '"shop" on app@db:3306/shop  2 locks, 2 waiting'.padEnd(72) + '14:02:31')
    assert.deepEqual(lines.slice(2, 4), ['a', '  holds  shop-1:4711        1  app@10.0.0.7  1.5 s'])
    assert.match(lines.at(-1)!, /^q quits/)
    assert.match(screen({}).join('\n'), /Nothing is locked/)
    // Where not all is shown, nobody is told that there is nothing.
    assert.match(
      screen({ isComplete: false }).join('\n'),
      /^No lock that somebody waits for is seen; others may be held\.$/m,
    )
  })

  it('shows fewer waiters before it leaves out locks, and says how many there are', () => {
    const lines = screen({ locks: [lock('a', 40), lock('b', 3), lock('c')] })
    assert.match(lines.join('\n'), /^b\n(.*\n){4}c$/m)
    assert.match(lines.join('\n'), /… and 30 more wait/)
  })

  it('leaves out locks that nobody waits for first', () => {
    const many = Array.from({ length: 40 }, (_, index) => lock(`lock-${String(index).padStart(2, '0')}`))
    const lines = screen({ locks: [...many, lock('wanted', 1)] })
    assert.ok(lines.length >= 23)
    assert.equal(lines[2], 'wanted')
    assert.match(lines.at(-2)!, /^… and \d+ more locks: a taller window/)
    const shown = lines.filter((line) => /^(lock-|wanted)/.test(line)).length
    assert.match(lines.at(-2)!, new RegExp(`and ${41 - shown} more`))
  })

  it('fits any window', () => {
    const locks = Array.from({ length: 12 }, (_, index) => lock('x'.repeat(64) + index, index))
    for (const columns of [5, 20, 40, 80, 200]) {
      for (const rows of [1, 2, 3, 5, 10, 24, 100]) {
        screen({ locks, hidden: ['x'], trouble: { reason: 'gone', forMs: 3_000 } }, columns, rows)
      }
    }
  })

  it('says for how long the server has not answered, and why', () => {
    const lines = screen({ locks: [lock('a')], trouble: { reason: 'connect ECONNREFUSED', forMs: 12_300 } })
    assert.equal(lines[1], 'No answer for 12.3 s, trying again. Below: how it was before.')
    assert.equal(lines[2], 'connect ECONNREFUSED')
    assert.match(lines.join('\n'), /^a$/m)
  })

  it('says that something is hidden, and what the mark means', () => {
    assert.match(screen({ hidden: ['Labels are not shown'] }).join('\n'), /Not all is shown/)
    const unknown: TimedLock = { ...lock('a'), isOurs: 'unknown' }
    assert.match(screen({ locks: [unknown] }).join('\n'), /^\? a$[^]*^\? of which namespace is not known$/m)
  })
})
