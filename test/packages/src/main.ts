import Table from 'cli-table3'
import { Matrix, type Result } from './matrix.js'
import type { Screen } from './screen.js'

/** Installs the tarballs in every way that users may, has real locks with each, and says whether all of them are well. */
export async function runPackages(screen: Screen): Promise<boolean> {
  const matrix = new Matrix(screen)
  await matrix.run()
  console.log(resultsTable(matrix.results, screen))
  const faulty = matrix.results.filter(({ fault }) => fault !== '')
  for (const { what, how, fault } of faulty) console.error(`\n${what}: ${how}\n${fault}`)
  console.log(`${matrix.results.length - faulty.length} well, ${faulty.length} not`)
  return faulty.length === 0
}

function resultsTable(results: readonly Result[], { paint }: Screen): string {
  const head = ['what', 'how', ''].map((title) => paint('bold', title))
  const table = new Table({ head, wordWrap: true, colWidths: [60, 34, 6], style: { head: [], border: [] } })
  for (const { what, how, fault } of results) {
    table.push([what, how, fault === '' ? paint('green', 'ok') : paint('red', 'not')])
  }
  return table.toString()
}
