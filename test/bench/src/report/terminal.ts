import Table from 'cli-table3'
import type { Paint } from '../screen.js'
import type { Section, Table as TableData } from './section.js'
import { targetCounts, targetTable } from './targets.js'

/** The same for a terminal: every table, and the targets last, where one looks first. */
export function summary(sections: readonly Section[], paint: Paint): string {
  const tables = sections.flatMap((section) =>
    section.tables.map(
      (table) => `${paint('bold', plain(`${section.title}: ${table.caption}`))}\n${draw(table, paint)}`,
    ),
  )
  return `\n${[...tables, targets(sections, paint)].join('\n\n')}\n`
}

function targets(sections: readonly Section[], paint: Paint): string {
  const { met, all } = targetCounts(sections)
  const table = targetTable(sections, ({ isMet, found }) =>
    isMet ? `${paint('green', '✓')} ${found}` : `${paint('red', '✗')} ${found}`,
  )
  return `${paint('bold', `${met} of ${all} targets are met`)}\n${draw(table, paint)}`
}

function draw({ head, rows }: TableData, paint: Paint): string {
  const table = new Table({
    head: head.map((title) => paint('bold', plain(title))),
    // The library's own colours would appear where nobody looks at them, too.
    style: { head: [], border: [], compact: true },
  })
  table.push(...rows.map((row) => row.map(plain)))
  return table.toString()
}

/** Without the signs of Markdown. */
function plain(text: string): string {
  return text.replaceAll(/[`]|\*\*/g, '')
}
