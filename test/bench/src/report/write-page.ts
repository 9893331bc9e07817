import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { renderChart } from './charts.js'
import type { Facts } from './facts.js'
import { page } from './page.js'
import type { Section } from './section.js'

/** For the charts, beside the page. */
const CHART_FOLDER = 'benchmarks'

/** Writes `benchmarks.md` into a folder, and its charts beside it. */
export async function writePage(folder: string, sections: readonly Section[], facts: Facts): Promise<void> {
  const charts = sections.flatMap((section) => section.charts).flatMap(renderChart)
  await mkdir(join(folder, CHART_FOLDER), { recursive: true })
  for (const { name, svg } of charts) await writeFile(join(folder, CHART_FOLDER, name), svg)
  await writeFile(join(folder, 'benchmarks.md'), page(sections, facts, CHART_FOLDER))
}
