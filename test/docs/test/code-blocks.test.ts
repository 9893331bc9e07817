import assert from 'node:assert/strict'
import { blocks, placeOf } from './blocks.js'
import { complaints, isRead } from './compiler.js'
import { docstringExamples } from './docstring-examples.js'
import { isGenerated } from './pages.js'

/** What stands in a fence of another language is looked at by nobody. */
const LANGUAGES = new Set([
  '',
  'cjs',
  'diff',
  'html',
  'ini',
  'js',
  'json',
  'mjs',
  'prisma',
  'python',
  'ruby',
  'sh',
  'sql',
  'text',
  'ts',
  'yaml',
])

describe('Code on the pages', () => {
  const ours = blocks.filter(({ page }) => !isGenerated(page))

  it('compiles, each block by itself, and so do the examples of the docstrings', function () {
    this.timeout(60_000)
    // What is taken from an example is compiled with it.
    const compiled = ours.filter((block) => isRead(block) && block.source === null)
    const examples = docstringExamples()
    assert.ok(
      compiled.length > 20 && examples.length > 15,
      `got ${compiled.length} blocks, ${examples.length} examples`,
    )
    assert.deepEqual(complaints([...compiled, ...examples]), [])
  })

  it('is JSON where it says so', () => {
    const wrong = ours.filter(({ language, code }) => language === 'json' && !isJson(code))
    assert.deepEqual(wrong.map(placeOf), [])
  })

  it('is in a language that somebody checks or that has no other name here', () => {
    const wrong = ours.filter(({ language }) => !LANGUAGES.has(language))
    assert.deepEqual(
      wrong.map((block) => `${placeOf(block)}: ${block.language}`),
      [],
    )
  })
})

function isJson(code: string): boolean {
  try {
    JSON.parse(code)
    return true
  } catch {
    return false
  }
}
