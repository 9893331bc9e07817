import { readFileSync, writeFileSync } from 'node:fs'

/** Replaces what is between the two comments that mark a section of a page. */
export function replaceSection(page: string, name: string, text: string): void {
  const [begin, end] = [`<!-- ${name}: written by npm run torture -->`, `<!-- end of ${name} -->`]
  const before = readFileSync(page, 'utf8')
  const from = before.indexOf(begin)
  const to = before.indexOf(end)
  if (from < 0 || to < from) throw new Error(`${page} has no section between ${begin} and ${end}`)
  writeFileSync(page, `${before.slice(0, from)}${begin}\n\n${text}\n\n${before.slice(to)}`)
}
