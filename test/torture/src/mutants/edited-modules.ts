import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Mutant } from './mutant.js'

/** What a mutant makes of the modules that it changes, by their URLs. @throws for an edit that does not apply */
export function editedModules({ id, edits }: Mutant): Map<string, string> {
  const sources = new Map<string, string>()
  for (const { module, find, replace } of edits) {
    const url = urlOf(module)
    const source = sources.get(url) ?? readFileSync(fileURLToPath(url), 'utf8')
    const occurrences = source.split(find).length - 1
    if (occurrences !== 1) {
      throw new Error(`Mutant ${id}: occurs ${occurrences} times in ${module}, not once:\n${find}`)
    }
    sources.set(
      url,
      source.replace(find, () => replace),
    )
  }
  return sources
}

/** The module's file as Node names it when it is imported: links are followed. */
function urlOf(module: string): string {
  const [scope, name, ...path] = module.split('/')
  // Every package has its entry in `dist`.
  return new URL(`../${path.join('/')}`, import.meta.resolve(`${scope}/${name}`)).href
}
