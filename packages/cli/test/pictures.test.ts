import assert from 'node:assert/strict'
import type { LockView } from '../dist/show/lock-view.js'
import { changes, describeChange } from '../dist/watch/changes.js'
import type { Look } from '../dist/watch/looks.js'
import { type Picture, picture, timedByWatch } from '../dist/watch/picture.js'
import { sightAfter } from '../dist/watch/sights.js'

interface Shown {
  readonly holder?: string
  readonly heldMs?: number
  readonly waiters?: readonly string[]
}

function lock(key: string, { holder, heldMs, waiters = [] }: Shown): LockView {
  return {
    key,
    name: undefined,
    namespace: undefined,
    isOurs: 'yes',
    holder: holder === undefined ? null : { sessionId: holder, ...(heldMs !== undefined && { heldMs }) },
    waiters: waiters.map((sessionId) => ({ sessionId })),
  }
}

function look(
  before: Picture | null,
  atMs: number,
  shown: Record<string, Shown>,
  { isComplete = true, asked = [] as readonly string[] } = {},
): Picture {
  const locks = Object.entries(shown).map(([key, what]) => lock(key, what))
  return picture({ atMs, locks, isComplete, asked: new Set(asked) }, before)
}

const told = (before: Picture | null, after: Picture): string[] =>
  changes(before, after).map(({ what, session, lock: { key } }) => `${what} ${key} ${session.sessionId}`)

const held = (seen: Picture, nowMs = seen.atMs): unknown => timedByWatch(seen.locks[0]!, nowMs).held

describe('what watch makes of one look after the other', () => {
  it('counts from the begin where it was seen, and knows a lower bound where it was not', () => {
    const first = look(null, 10_000, { a: { holder: '1', heldMs: 3_000 } })
    assert.deepEqual(held(first), { ms: 3_000, isLowerBound: true })
    assert.deepEqual(held(first, 10_500), { ms: 3_500, isLowerBound: true })
    // A ping: the session is in its present state for a moment only, but it has the lock as long as before.
    const second = look(first, 11_000, { a: { holder: '1', heldMs: 10 } })
    assert.deepEqual(held(second), { ms: 4_000, isLowerBound: true })
    const other = look(second, 12_000, { a: { holder: '2' } })
    assert.deepEqual(held(other), { ms: 0, isLowerBound: false })
    assert.deepEqual(held(look(other, 13_000, { a: { holder: '2', heldMs: 990 } })), { ms: 1_000, isLowerBound: false })
    // No longer than since the last look, whatever the server says of the session.
    assert.deepEqual(held(look(second, 12_000, { a: { holder: '3', heldMs: 60_000 } })), {
      ms: 1_000,
      isLowerBound: false,
    })
  })

  it('counts waits in the same way', () => {
    const waited = (seen: Picture, session: string): unknown =>
      timedByWatch(seen.locks[0]!, seen.atMs).waited.get(session)
    const first = look(null, 10_000, { a: { holder: '1', waiters: ['2'] } })
    assert.deepEqual(waited(first, '2'), { ms: 0, isLowerBound: true })
    const second = look(first, 11_000, { a: { holder: '1', waiters: ['2', '3'] } })
    assert.deepEqual(waited(second, '2'), { ms: 1_000, isLowerBound: true })
    assert.deepEqual(waited(look(second, 12_000, { a: { holder: '1', waiters: ['3'] } }), '3'), {
      ms: 1_000,
      isLowerBound: false,
    })
  })

  it('knows of nothing that began while the server did not answer', () => {
    const scope = { scope: { namespace: 'shop' }, isAll: true }
    const seen = (atMs: number, sessionId: string): Look => ({
      survey: { entries: [{ key: 'a', holder: { sessionId }, waiters: [] }], hidden: [], listsHeld: true },
      asked: new Set(),
      atMs,
    })
    const first = sightAfter({ picture: null, hidden: [], trouble: null }, seen(1_000, '1'), scope)
    const away = sightAfter(first, { error: new Error('gone'), atMs: 2_000 }, scope)
    const stillAway = sightAfter(away, { error: new Error('gone'), atMs: 3_000 }, scope)
    assert.deepEqual([stillAway.picture, stillAway.trouble?.sinceMs], [first.picture, 1_000])
    const back = sightAfter(stillAway, seen(4_000, '2'), scope)
    assert.equal(back.trouble, null)
    assert.deepEqual(held(back.picture!), { ms: 0, isLowerBound: true })
    const other = sightAfter(first, seen(2_000, '2'), scope)
    assert.deepEqual(held(other.picture!), { ms: 0, isLowerBound: false })
  })

  it('takes what comes into sight for taken only where it would have been seen before', () => {
    const nothing = look(null, 1_000, {}, { isComplete: false })
    const seen = look(nothing, 2_000, { a: { holder: '1' } }, { isComplete: false })
    assert.deepEqual(held(seen), { ms: 0, isLowerBound: true })
    assert.deepEqual(told(nothing, seen), ['held a 1'])
    const asked = look(null, 1_000, {}, { isComplete: false, asked: ['a'] })
    const taken = look(asked, 2_000, { a: { holder: '1' } }, { isComplete: false, asked: ['a'] })
    assert.deepEqual(told(asked, taken), ['taken a 1'])
    const all = look(null, 1_000, {})
    assert.deepEqual(told(all, look(all, 2_000, { a: { holder: '1' } })), ['taken a 1'])
  })

  it('tells what ended, then what began', () => {
    const first = look(null, 1_000, { a: { holder: '1', waiters: ['2', '3'] }, b: { holder: '1' } })
    assert.deepEqual(told(null, first), ['held a 1', 'waiting a 2', 'waiting a 3', 'held b 1'])
    const second = look(first, 2_000, { a: { holder: '2', waiters: ['4'] } })
    assert.deepEqual(told(first, second), ['released a 1', 'left a 3', 'released b 1', 'taken a 2', 'waiting a 4'])
    assert.deepEqual(told(second, look(second, 3_000, { a: { holder: '2', waiters: ['4'] } })), [])
  })

  it('describes a change with who, and how long it lasted', () => {
    const first = look(null, 1_000, { 'a\u{1b}[0m': { holder: '1', heldMs: 500, waiters: ['2'] } })
    const second = look(first, 3_000, { 'a\u{1b}[0m': { holder: '2' } })
    assert.deepEqual(changes(first, second).map(describeChange), [
      'released  a\\u{1b}[0m  session 1 for ≥ 2.5 s',
      'taken     a\\u{1b}[0m  session 2',
    ])
  })
})
