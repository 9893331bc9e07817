import assert from 'node:assert/strict'
import { legend, timeline } from '@ormutex-test/demo/timeline'
import { operation, plain, result, withLock, withoutLock } from './fixtures.js'

const SCALE = { cells: 30, windowMs: 30, tickMs: 10 }

const lines = (...rows: string[]) => rows.join('\n')

describe("the demo's timeline", () => {
  it('shows who was at work at once, and what was read twice', () => {
    assert.equal(
      timeline(withoutLock, SCALE, plain),
      lines(
        '              0 ms      10        20',
        '  process 1   0→1██████▌1→2██████▌',
        '  process 2     0→1✗█████▌',
        '  at once       ▲▲▲▲▲▲▲▲▲▲',
      ),
    )
  })

  it('shows turns and waits', () => {
    assert.equal(
      timeline(withLock, SCALE, plain),
      lines(
        '              0 ms      10        20',
        '  process 1   0→1██████▌░░░░░░░░░░2→3██████▌',
        '  process 2     ░░░░░░░░1→2██████▌',
        '  at once     never',
      ),
    )
  })

  it('leaves out what there is no room for', () => {
    const narrow = result(
      'without lock',
      1,
      [operation(0, 0, 5, 10)],
      [operation(1, 1, 4, 10)],
      [operation(1, 1, 3, 10)],
    )
    const [, ...rows] = timeline(narrow, SCALE, plain).split('\n')
    assert.deepEqual(rows, ['  process 1   10██▌', '  process 2    ✗█▌', '  process 3    ✗▌', '  at once      ▲▲▲'])
  })

  it('ends with its window, and no number is cut in two there', () => {
    const late = result('with lock', 14, [operation(0, 0, 1, 0), operation(2, 28, 60, 12), operation(60, 60, 90, 13)])
    const [, row] = timeline(late, SCALE, plain).split('\n')
    assert.equal(row, `  process 1   ▌ ${'░'.repeat(26)}12`)
  })

  it('has a colour for each process, and red for what is lost', () => {
    const painted = timeline(withoutLock, SCALE, (style, text) => `<${String(style)}:${text}>`)
    assert.ok(painted.includes('<cyan:  process 1   ><black,bgCyan:0→1><cyan:██████▌>'))
    assert.ok(painted.includes('<whiteBright,bgRed:0→1✗><yellow:█████▌>'))
    assert.ok(painted.includes('<red:  ▲▲▲▲▲▲▲▲▲▲>'))
  })

  it('explains its signs in two lines of a terminal', () => {
    const explained = legend(plain).split('\n')
    assert.equal(explained.length, 2)
    for (const line of explained) assert.ok(line.length <= 80, line)
    for (const sign of '█░▲✗') assert.ok(legend(plain).includes(`${sign} `))
  })
})
