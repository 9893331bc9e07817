import { markdownTable } from 'markdown-table'
import { chartFile } from './charts.js'
import type { Facts } from './facts.js'
import { capitalised } from './figures.js'
import type { LineChart, Section, Table } from './section.js'
import { targetCounts, targetTable } from './targets.js'

/** The page for a person, in Markdown. Charts are looked for in `chartFolder`, as seen from the page. */
export function page(sections: readonly Section[], facts: Facts, chartFolder: string): string {
  const { met, all } = targetCounts(sections)
  const charts = sections.flatMap((section) => section.charts)
  const blocks = [
    '# Benchmarks',
    facts.notice,
    `ormutex, what one would write by hand, and other packages, side by side in one run. **${met} of ${all} targets are ` +
      'met**, each ORM counted by itself. Ratios are medians of the ratios of every round, with the least and the most in ' +
      'brackets, and so are all other figures.',
    ...charts.map((chart) => picture(chart, chartFolder)),
    charts.length > 0 ? 'Dashed: as its own documentation recommends. Full, where both are there: tuned for this.' : '',
    '## Targets',
    tableText(targetTable(sections, ({ isMet, found }) => `${isMet ? '✅' : '❌'} ${found}`)),
    '✅ met, ❌ missed; empty: not measured with that ORM.',
    ...sections.flatMap((section) => [
      `## ${section.title}`,
      ...section.text,
      ...section.tables.flatMap((table) => [`**${capitalised(table.caption)}**`, tableText(table)]),
    ]),
    '## How it was measured',
    ...facts.method,
    '### Who took part',
    tableText(facts.contenders),
    '### Where',
    tableText(facts.where),
    facts.reproduce,
  ]
  return `${blocks.filter((block) => block !== '').join('\n\n')}\n`
}

/** The reader's own setting chooses one of the two. */
function picture(chart: LineChart, folder: string): string {
  return [
    '<picture>',
    `  <source media="(prefers-color-scheme: dark)" srcset="${folder}/${chartFile(chart, 'dark')}">`,
    `  <img alt="${chart.title} over the number of ${chart.x.name}" src="${folder}/${chartFile(chart, 'light')}">`,
    '</picture>',
  ].join('\n')
}

function tableText({ head, rows }: Table): string {
  // A bar would begin another cell.
  const cells = [head, ...rows].map((row) => row.map((cell) => cell.replaceAll('|', String.raw`\|`)))
  return markdownTable(cells)
}
