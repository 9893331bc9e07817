import assert from 'node:assert/strict'
import { check } from '@ormutex-test/torture/checker/check'
import type { Verdict } from '@ormutex-test/torture/checker/verdict'
import type { HistoryEvent } from '@ormutex-test/torture/history/events'
import { Story } from './fixtures/story.js'

const CALLS = 33_000
const MOST_SECONDS = 2

describe('the checker, on a long history', () => {
  const names = ['a', 'b', 'c', 'd']
  const story = new Story({ names })
  for (let index = 0; index < CALLS; index += 1) {
    story.call(`x${index}`, { names: [names[index % names.length]!], by: `w${index % 8}`, waitMs: index % 50 })
    if (index % 30 === 0)
      story.fault('stop-client', { at: story.now, forMs: 1, target: { worker: 'w1' }, names: ['a'] })
  }
  const events = story.finished()

  const checkInTime = (history: readonly HistoryEvent[]): Verdict => {
    // The processor's time, since the machine may be busy with something else.
    const start = process.cpuUsage()
    const verdict = check(history)
    const { user, system } = process.cpuUsage(start)
    const seconds = (user + system) / 1e6
    assert.ok(seconds < MOST_SECONDS, `${seconds} s`)
    return verdict
  }

  it('is done soon', () => {
    assert.ok(events.length > 190_000)
    assert.deepEqual(checkInTime(events).violations, [])
  })

  it('is done as soon when nothing in it is over, and all overlap', () => {
    const open = events.filter(({ type }) => !['leaving', 'ok', 'released', 'fault-over'].includes(type))
    assert.ok(checkInTime(open).violations.some(({ rule }) => rule === 4))
  })
})
