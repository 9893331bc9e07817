import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { writeApiReference } from '@ormutex-test/site/api'
import { toString } from 'mdast-util-to-string'
import { isGenerated, pages, root } from './pages.js'

interface Item {
  readonly link?: string
  readonly items?: readonly Item[]
}

describe('The site', () => {
  it('has every page in its sidebar, and no other', () => {
    const sidebar = createRequire(import.meta.url)('@ormutex-test/site/sidebar.json') as Item[]
    const linked = linksIn(sidebar)
    const there = pages.filter(({ path }) => path.startsWith('docs/')).map(({ path }) => path.slice('docs'.length))
    assert.deepEqual(
      {
        pagesWithoutEntry: there.filter((page) => !linked.includes(page)),
        entriesWithoutPage: linked.filter((link) => !there.includes(link)),
      },
      { pagesWithoutEntry: [], entriesWithoutPage: [] },
    )
  })

  it('has a page of reference for every public entry of every package', () => {
    const titles = pages.filter(isGenerated).map(({ tree }) => toString(tree.children[0]))
    const entries = readdirSync(`${root}packages`).flatMap(entriesOf)
    assert.deepEqual(titles.filter((title) => title !== 'API reference').toSorted(), entries.toSorted())
  })

  it('has the reference that the docstrings say: npm run docs -- --api writes it', async function () {
    this.timeout(60_000)
    const folder = mkdtempSync(join(tmpdir(), 'ormutex-api-'))
    try {
      const { problems } = await writeApiReference(folder)
      assert.deepEqual(problems, [])
      assert.deepEqual(differing(filesIn(join(root, 'docs/api')), filesIn(folder)), [])
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})

function linksIn(items: readonly Item[]): string[] {
  return items.flatMap(({ link, items: inner = [] }) => [...(link === undefined ? [] : [link]), ...linksIn(inner)])
}

/** What of a package can be imported. */
function entriesOf(folder: string): string[] {
  const manifest = readFileSync(`${root}packages/${folder}/package.json`, 'utf8')
  const { name, exports = {} } = JSON.parse(manifest) as { name: string; exports?: Record<string, unknown> }
  const paths = Object.keys(exports).filter((path) => path !== './package.json')
  return paths.map((path) => name + path.slice(1))
}

/** The names of files that only one of them has, or that differ. */
function differing(left: Record<string, string>, right: Record<string, string>): string[] {
  return Object.keys({ ...left, ...right }).filter((name) => left[name] !== right[name])
}

function filesIn(folder: string): Record<string, string> {
  const names = readdirSync(folder).toSorted()
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(folder, name), 'utf8')]))
}
