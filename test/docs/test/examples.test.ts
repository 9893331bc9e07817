import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { blocks, placeOf, type Source, strayComments } from './blocks.js'
import { root } from './pages.js'

const MARKER = /^\s*\/\/ #(?:end)?region\b/

describe('Blocks that are taken from an example', () => {
  for (const block of blocks) {
    const { source } = block
    if (source === null) continue
    it(`${placeOf(block)} is ${source.file}${source.region === null ? '' : `#${source.region}`}`, () => {
      assert.equal(block.code, shownOf(source))
    })
  }

  it('stand right below the comment that names the file', () => {
    assert.deepEqual(strayComments(), [])
  })
})

/** What a page is to show of a file: all of it, or a region, without the comments that mark regions. */
function shownOf({ file, region }: Source): string {
  assert.ok(existsSync(root + file), `${file} is not there`)
  const lines = readFileSync(root + file, 'utf8')
    .trimEnd()
    .split('\n')
  const shown = region === null ? lines : regionOf(lines, region)
  assert.notEqual(shown, null, `${file} has no region ${region}`)
  return dedented((shown ?? []).filter((line) => !MARKER.test(line)))
}

function regionOf(lines: readonly string[], name: string): readonly string[] | null {
  const start = lines.findIndex((line) => line.trim() === `// #region ${name}`)
  const end = lines.findIndex((line) => line.trim() === `// #endregion ${name}`)
  return start === -1 || end < start ? null : lines.slice(start + 1, end)
}

function dedented(lines: readonly string[]): string {
  const indents = lines.filter((line) => line.trim() !== '').map((line) => line.search(/\S/))
  const indent = Math.min(...indents)
  return lines
    .map((line) => line.slice(indent))
    .join('\n')
    .trim()
}
