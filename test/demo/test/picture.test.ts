import assert from 'node:assert/strict'
import { crowded } from '@ormutex-test/drawings/crowded'
import { render } from '@ormutex-test/drawings/svg'
import { demoPicture } from '@ormutex-test/demo/picture'
import type { Results } from '@ormutex-test/demo/report'
import { operation, result, withLock, withoutLock } from './fixtures.js'
import { barsIn, panelsOf } from './picture-reader.js'

const good = { without: withoutLock, with: withLock }

const lightOf = (results: Results) => render(demoPicture(results, 'MySQL 9.7.4'))[0]!.svg

/** Turns of 5 ms. */
const turns = (processes: number, increments: number) =>
  result(
    'with lock',
    processes * increments,
    ...Array.from({ length: processes }, (_, index) =>
      Array.from({ length: increments }, (_ignored, turn) => {
        const read = turn * processes + index
        return operation(turn === 0 ? 0 : (read - processes + 1) * 5, read * 5, read * 5 + 5, read)
      }),
    ),
  )

describe("the demo's picture", () => {
  it('has a bar for each update, of another kind where it is lost, and says what came of it', () => {
    const { without, withLock: under } = panelsOf(lightOf(good))
    assert.deepEqual([barsIn(without, 'kept').length, barsIn(without, 'lost').length], [2, 1])
    assert.deepEqual([barsIn(under, 'kept').length, barsIn(under, 'lost').length], [3, 0])
    assert.match(without, />✗ Without the lock: 2 of 3 kept, 1 lost</)
    assert.match(under, />✓ With the lock: 3 of 3 kept, none lost</)
    for (const label of ['0→1', '1→2', '0→1✗']) assert.ok(without.includes(`>${label}<`), label)
    assert.ok(under.includes('>process 1<') && under.includes('>process 2<'))
  })

  it('has both runs at the same scale', () => {
    const { without, withLock: under } = panelsOf(lightOf(good))
    const widths = (panel: string) => barsIn(panel, 'kept').map(({ left, right }) => right - left)
    assert.equal(widths(without)[0], widths(under)[0])
    for (const ms of ['0 ms', '5', '30']) for (const panel of [without, under]) assert.ok(panel.includes(`>${ms}<`), ms)
  })

  it('shows when two or more were at work', () => {
    const { without, withLock: under } = panelsOf(lightOf(good))
    const [overlap, ...others] = barsIn(without, 'at-once')
    const [first] = barsIn(without, 'kept')
    assert.deepEqual(others, [])
    assert.ok(overlap && first && overlap.left > first.left && overlap.right > first.right)
    assert.deepEqual(barsIn(under, 'at-once'), [])
    assert.match(under, />never</)
  })

  it('shows who waits, and no wait where there is none', () => {
    const { without, withLock: under } = panelsOf(lightOf(good))
    assert.equal(under.split('class="waits"').length - 1, 2)
    assert.ok(!without.includes('class="waits"'))
  })

  it('shows what it is to show when the lock has failed', () => {
    const { withLock: under } = panelsOf(lightOf({ ...good, with: { ...withoutLock, way: 'with lock' } }))
    assert.match(under, />✗ With the lock: 2 of 3 kept, 1 lost</)
    assert.equal(barsIn(under, 'at-once').length, 1)
  })

  it('ends with its window, and is small', () => {
    const long = lightOf({ without: turns(6, 100), with: turns(6, 100) })
    const shown = barsIn(panelsOf(long).withLock, 'kept')
    assert.ok(shown.length >= 8 && shown.length <= 12, `${shown.length}`)
    assert.ok(long.length < 60_000)
    for (const [index, { left }] of shown.toSorted((a, b) => a.left - b.left).entries()) {
      const before = shown.toSorted((a, b) => a.left - b.left)[index - 1]
      if (before !== undefined) assert.ok(before.right < left)
    }
  })

  it('has room for its words in any font', () => {
    const many = { without: { ...turns(32, 40), way: 'without lock' as const }, with: turns(32, 40) }
    for (const results of [good, many]) assert.deepEqual(crowded(lightOf(results)), [])
  })

  it('is drawn for light pages and for dark ones, with words for those who do not see it', () => {
    const files = render(demoPicture(good, 'MySQL 9.7.4'))
    assert.deepEqual(
      files.map(({ name }) => name),
      ['demo-light.svg', 'demo-dark.svg'],
    )
    for (const { svg } of files) {
      assert.match(svg, /<title>2 processes add 1 to one row, 2 times each<\/title>/)
      assert.match(svg, /<desc>Without the lock: 2 of 3 kept, 1 lost\. With the lock: 3 of 3 kept, none lost\.<\/desc>/)
    }
    assert.notEqual(files[0]?.svg, files[1]?.svg)
  })

  it('shows names as they are', () => {
    const named = { ...withLock, names: ['<1> & co', '2'] }
    assert.ok(lightOf({ ...good, with: named }).includes('>&#x3C;1> &#x26; co<'))
  })
})
