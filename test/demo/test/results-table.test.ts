import assert from 'node:assert/strict'
import { resultsTable } from '@ormutex-test/demo/results-table'
import { plain, withLock, withoutLock } from './fixtures.js'

const cellsOf = (line: string | undefined) =>
  (line ?? '')
    .split('│')
    .slice(1, -1)
    .map((cell) => cell.trim())

describe("the demo's table", () => {
  it('has a row for each run', () => {
    const rows = resultsTable([withoutLock, withLock], plain).split('\n').map(cellsOf)
    assert.deepEqual(
      rows.find(([way]) => way === 'without lock'),
      ['without lock', '2 × 2', '3', '2', '1', '0.02 s', '150'],
    )
    assert.deepEqual(
      rows.find(([way]) => way === 'with lock'),
      ['with lock', '2 × 2', '3', '3', '0', '0.03 s', '100'],
    )
  })

  it('fits a terminal, and has no colours of its own', () => {
    const table = resultsTable([withoutLock, withLock], plain)
    for (const line of table.split('\n')) assert.ok(line.length <= 80, line)
    assert.ok(!table.includes('\u001B'))
  })

  it('shows losses in red, with each line of a cell painted for itself', () => {
    const painted = resultsTable([withoutLock], (style, text) => `<${String(style)}:${text}>`)
    assert.ok(painted.includes('<red:1>'))
    assert.ok(painted.includes('<bold:lost>'))
  })
})
