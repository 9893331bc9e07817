import assert from 'node:assert/strict'
import { cut, layOut, widthOf, wrap } from '../dist/show/columns.js'
import { describeSpan, lockLines, timedByServer } from '../dist/show/lock-lines.js'
import type { LockView } from '../dist/show/lock-view.js'

const LOCK: LockView = {
  key: 'user:42~gfbosbvfsgi6fzl3sijb7de3wkd3oz7q',
  name: 'user:42',
  namespace: 'shop',
  isOurs: 'yes',
  holder: { sessionId: '12', user: 'app', host: '10.0.0.7', label: 'shop-1:4711', heldMs: 12_000 },
  waiters: [
    { sessionId: '14', user: 'app', host: '10.0.0.9', label: 'shop-2:812', waitedMs: 3_210 },
    { sessionId: '1234567' },
  ],
}

function textOf(locks: readonly LockView[], options: Parameters<typeof lockLines>[1]): string[] {
  return lockLines(locks.map(timedByServer), options).map((line) => line.map(({ text }) => text).join(''))
}

describe('lines of locks', () => {
  it('shows the name and the key, who holds, who waits, and for how long', () => {
    assert.deepEqual(
      textOf([LOCK], { columns: 80, overflow: 'wrap' }),
      [
        '         LABEL        SESSION  ACCOUNT            FOR',
        'user:42  user:42~gfbosbvfsgi6fzl3sijb7de3wkd3oz7q',
        '  holds  shop-1:4711       12  app@10.0.0.7  ≥ 12.0 s',
        '  waits  shop-2:812        14  app@10.0.0.9   ≥ 3.2 s',
        '  waits               1234567                       ?',
      ].map((line) => line),
    )
  })

  it('says so where nobody has it, where the holder is not shown, and where the namespace is not known or another', () => {
    const free = { ...LOCK, holder: null, waiters: [] }
    assert.match(textOf([free], { columns: 80, overflow: 'wrap' })[2]!, /^ {2}free$/)
    const hidden = { ...LOCK, holder: null }
    assert.match(textOf([hidden], { columns: 80, overflow: 'wrap' })[2]!, /^ {2}holds {2}\(not shown\)$/)
    const unknown: LockView = { ...LOCK, name: undefined, namespace: undefined, isOurs: 'unknown' }
    assert.equal(textOf([unknown], { columns: 80, overflow: 'wrap' })[1], `? ${LOCK.key}`)
    const other: LockView = { ...LOCK, namespace: 'billing', isOurs: 'no' }
    assert.match(textOf([other], { columns: 80, overflow: 'wrap' })[1]!, /^user:42 \(in "billing"\) {2}user:42~/)
  })

  it('keeps to the width: nothing is lost where lines are wrapped, and each is one line where they are cut', () => {
    const wide: LockView = {
      ...LOCK,
      name: undefined,
      key: `${'x'.repeat(31)}~aaett2o6xwh33zy3phyxacmnvnixi742`,
      holder: {
        sessionId: '4294967295',
        user: 'u'.repeat(32),
        host: 'fe80::1234:5678:9abc:def0',
        label: '日本語'.repeat(21),
      },
    }
    for (const columns of [44, 60, 80]) {
      const wrapped = textOf([wide], { columns, overflow: 'wrap' })
      for (const line of wrapped) assert.ok(widthOf(line) <= columns, line)
      const columnOf = (from: RegExp): string =>
        wrapped
          .map((line) => line.replaceAll(/\s/g, ''))
          .join('')
          .replaceAll(from, '')
      assert.equal(columnOf(/[^日本語]/g), '日本語'.repeat(21))
      assert.equal(columnOf(/[^u]/g), 'u'.repeat(32))
      const cutOff = textOf([wide], { columns, overflow: 'cut' })
      assert.equal(cutOff.length, 5)
      for (const line of cutOff) assert.ok(widthOf(line) <= columns, line)
      assert.match(cutOff[2]!, /…/)
    }
    const [, , holder] = textOf([wide], { columns: undefined, overflow: 'wrap' })
    assert.match(holder!, /(日本語){21} {2}4294967295 {2}u{32}@fe80::1234:5678:9abc:def0/)
  })

  it('shows no more waiters than it may, and says how many there are', () => {
    assert.equal(textOf([LOCK], { columns: 80, overflow: 'cut', mostWaiters: 1 }).at(-1), '  … and 1 more waits')
    assert.equal(textOf([LOCK], { columns: 80, overflow: 'cut', mostWaiters: 0 }).at(-1), '  … and 2 more wait')
  })

  it('lets nobody else write to the terminal', () => {
    const hostile: LockView = { ...LOCK, name: undefined, key: 'k\u{1b}]0;title\u{7}' }
    for (const line of textOf([hostile], { columns: undefined, overflow: 'wrap' })) {
      assert.doesNotMatch(line, /\p{Cc}/u)
    }
  })

  it('cuts and wraps between characters, however wide they are', () => {
    assert.equal(cut('日本語日本語', 5), '日本…')
    assert.equal(cut('😀😀😀', 4), '😀…')
    assert.equal(cut('abc', 3), 'abc')
    assert.deepEqual(wrap('日本語', 3), ['日', '本', '語'])
    assert.deepEqual(wrap('😀😀', 1), ['😀', '😀'])
    assert.deepEqual(wrap('', 5), [''])
    assert.deepEqual(layOut([['a', '日本']], [{ align: 'left' }, { align: 'right' }], { width: 80, overflow: 'cut' }), [
      ['a  日本'],
    ])
  })

  it('tells a lower bound from a time that is known', () => {
    assert.equal(describeSpan({ ms: 12_000, isLowerBound: true }), '≥ 12.0 s')
    assert.equal(describeSpan({ ms: 350, isLowerBound: false }), '350 ms')
    assert.equal(describeSpan(undefined), '?')
  })
})
