import { readFileSync } from 'node:fs'
import type { RootContent } from 'mdast'
import { toString } from 'mdast-util-to-string'
import type { Compiled } from './compiler.js'
import { isGenerated, type Page, pages } from './pages.js'

/** They may end with `return`. */
const START = 'export async function example() {'

const GIVEN = new URL('../given/docstrings.ts', import.meta.url)

/**
 * The examples of the docstrings, as they stand in the reference. A hover has no room for imports: they may use what their package exports and
 * the core, and the names in `given/docstrings.ts`.
 */
export function docstringExamples(): Compiled[] {
  const given = namesIn(readFileSync(GIVEN, 'utf8'), /^export (?:declare )?(?:const|function|class) (\w+)/gm)
  const reexported = namesIn(readFileSync(GIVEN, 'utf8'), /^export \{ (.*) \} from/gm).flatMap((names) =>
    names.split(', ').map((name) => name.replace(/^(?:type|default as) /, '')),
  )
  const ofCore = exportsOf(pages.find(({ path }) => path === 'docs/api/core.md'))
  return pages.filter(isGenerated).flatMap((page) => {
    const entry = toString(page.tree.children[0])
    const own = new Set(isAdapter(page) ? [...exportsOf(page), ...ofCore] : exportsOf(page))
    const core = ofCore.filter((name) => !own.has(name))
    return examplesOf(page).map(({ value, position }) => ({
      page,
      line: (position?.start.line ?? 0) + 1,
      language: 'ts',
      code: `${value}\n}`,
      prelude: [
        importOf(own, entry, value),
        importOf(core, '@ormutex/core', value),
        importOf([...given, ...reexported], './docstrings.js', value),
        START,
      ].join(''),
    }))
  })
}

function importOf(names: Iterable<string>, from: string, code: string): string {
  const used = [...names].filter(
    (name) => new RegExp(`(?<!\\w|[^.]\\.)${name}\\b`).test(code) && !code.includes(`const ${name} `),
  )
  return used.length === 0 ? '' : `import { ${used.join(', ')} } from '${from}'; `
}

function isAdapter({ path }: Page): boolean {
  return /\/(?:knex|sequelize|prisma|mysql2)\.md$/.test(path)
}

/** The names that a page of the reference has headings for. */
function exportsOf(page: Page | undefined): string[] {
  const headings = page?.tree.children.filter((node) => node.type === 'heading' && node.depth <= 3) ?? []
  return headings
    .map((heading) => toString(heading).replace(/\(\)$/, ''))
    .filter((name) => /^\w+$/.test(name) && !PARTS.has(name))
}

/** Headings inside the description of a name. */
const PARTS = new Set([
  'Constructors',
  'Example',
  'Examples',
  'Extends',
  'Methods',
  'Parameters',
  'Properties',
  'Returns',
  'Throws',
])

function examplesOf({ tree }: Page): Extract<RootContent, { type: 'code' }>[] {
  let isExample = false
  return tree.children.filter((node) => {
    if (node.type === 'heading') isExample = /^Examples?$/.test(toString(node))
    return node.type === 'code' && isExample
  }) as Extract<RootContent, { type: 'code' }>[]
}

function namesIn(code: string, pattern: RegExp): string[] {
  return [...code.matchAll(pattern)].flatMap(([, name]) => (name === undefined ? [] : [name]))
}
