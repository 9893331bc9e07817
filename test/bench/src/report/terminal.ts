import Table from 'cli-table3'
import type { Paint } from '../screen.js'
import { capitalised } from './page.js'
import type { Section, Table as TableData } from './section.js'

/** The same for a terminal: every table, and the targets last, where one looks first. */
export function summary(sections: readonly Section[], paint: Paint): string {
  const tables = sections.flatMap((section) =>
    section.tables.map((table) => `${paint('bold', plain(`${section.title}: ${table.caption}`))}\n${draw(table, paint)}`),
  )
  return `\n${[...tables, targetsOf(sections, paint)].join('\n\n')}\n`
}

function targetsOf(sections: readonly Section[], paint: Paint): string {
  const targets = sections.flatMap((section) => section.targets)
  const missed = targets.filter(({ isMet }) => !isMet).length
  const rows = targets.map(({ what, limit, found, isMet }) => [
    isMet ? paint('green', 'met') : paint('red', 'missed'),
    found,
    limit,
    capitalised(what),
  ])
  const table = draw({ caption: '', head: ['', 'measured', 'target', 'what'], rows }, paint)
  return `${paint('bold', `${targets.length - missed} of ${targets.length} targets are met`)}\n${table}`
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
