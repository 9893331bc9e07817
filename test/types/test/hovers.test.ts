import assert from 'node:assert/strict'
import ts from 'typescript-5.9'
import { editor } from './editor.js'
import { marksIn } from './marks.js'

/** What an editor shows at a place. */
function hoverAt(file: string, position: number): string {
  const { displayParts, documentation, tags } = editor.getQuickInfoAtPosition(file, position) ?? {}
  const shownTags = tags?.map(({ name, text }) => `@${name} ${ts.displayPartsToString(text)}`) ?? []
  return [ts.displayPartsToString(displayParts), ts.displayPartsToString(documentation), ...shownTags].join('\n')
}

describe('hovering', () => {
  const marks = marksIn('hovers')

  it('is tried in programs without errors', () => {
    for (const file of new Set(marks.map((mark) => mark.file))) {
      const messages = editor.getSemanticDiagnostics(file).map(({ messageText }) => messageText)
      assert.deepEqual(messages, [], file)
    }
  }).timeout(60_000)

  for (const { file, position, title, texts } of marks) {
    it(`${title} tells: ${texts.join(' … ')}`, () => {
      const hover = hoverAt(file, position)
      for (const text of texts) assert.ok(hover.includes(text), `no ${JSON.stringify(text)} in:\n${hover}`)
    })
  }
})
