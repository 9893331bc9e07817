import Table from 'cli-table3'
import { durationMs, expectedBalance, lostUpdates, type RunResult } from './run-result.js'
import type { Paint } from './screen.js'

const HEAD = ['', 'processes ×\nincrements', 'expected', 'in the\nrow', 'lost\nupdates', 'time', 'updates\nper s']

/** What came of each run, side by side. */
export function resultsTable(results: readonly RunResult[], paint: Paint): string {
  const table = new Table({
    head: HEAD.map((title) => title.replaceAll(/.+/g, (line) => paint('bold', line))),
    colAligns: HEAD.map((_, index) => (index === 0 ? 'left' : 'right')),
    // The library's own colours would appear where nobody looks at them, too.
    style: { head: [], border: [] },
  })
  table.push(...results.map((result) => row(result, paint)))
  return table.toString()
}

function row(result: RunResult, paint: Paint): string[] {
  const { way, processes, balance } = result
  const expected = expectedBalance(result)
  const lost = lostUpdates(result)
  const seconds = durationMs(result) / 1_000
  return [
    paint('bold', way),
    `${processes.length} × ${processes[0]?.length ?? 0}`,
    String(expected),
    paint(lost === 0 ? 'green' : 'red', String(balance)),
    paint(lost === 0 ? 'green' : 'red', String(lost)),
    `${seconds.toFixed(2)} s`,
    (expected / seconds).toFixed(0),
  ]
}
