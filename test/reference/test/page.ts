import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'

/** A fenced block of a page. */
export interface Block {
  readonly language: string
  readonly text: string
  /** What an HTML comment above the block says: `<!-- checked: keys -->`. */
  readonly mark: string | undefined
}

/** A page of the documentation, as it is in the repository. */
export class Page {
  readonly text: string

  /** @param name its file: `keys.md` */
  constructor(readonly name: string) {
    this.text = readFileSync(new URL(`../../../docs/${name}`, import.meta.url), 'utf8')
  }

  /** All fenced blocks, of the page or of a part of it. */
  blocks(text = this.text): Block[] {
    const fences = /(?:<!-- checked: (?<mark>[^\n]+?) -->\n+)?```(?<language>\w*)\n(?<text>[\s\S]*?)\n```$/gm
    return Array.from(text.matchAll(fences), ({ groups }) => ({
      language: groups!['language']!,
      text: groups!['text']!,
      mark: groups!['mark'],
    }))
  }

  /** The only block with a mark. */
  marked(mark: string): string {
    const blocks = this.blocks().filter((block) => block.mark === mark)
    assert.equal(blocks.length, 1, `${this.name} has ${blocks.length} blocks that are marked ${mark}`)
    return blocks[0]!.text
  }

  /** What stands under each heading of a level, by the heading's words. */
  sections(level: number): Map<string, string> {
    const [, ...parts] = this.text.split(new RegExp(`^${'#'.repeat(level)} `, 'm'))
    return new Map(
      parts.map((part) => {
        const [heading = '', ...lines] = part.split('\n')
        return [heading, lines.join('\n')]
      }),
    )
  }

  /** The rows of the table that stands first under a heading: trimmed cells, without the head. */
  rowsUnder(heading: string): string[][] {
    const start = this.text.search(new RegExp(`^#+ ${heading.replace(/[^\w ]/g, '\\$&')}$`, 'm'))
    assert.notEqual(start, -1, `${this.name} has no heading ${heading}`)
    const lines = this.text.slice(start).split('\n')
    const first = lines.findIndex((line) => line.startsWith('|'))
    const table = lines.slice(first, first + lines.slice(first).findIndex((line) => !line.startsWith('|')))
    return table.slice(2).map((line) =>
      line
        .split(/(?<!\\)\|/)
        .slice(1, -1)
        .map((cell) => cell.trim()),
    )
  }
}

/** What stands in backquotes at the beginning of a cell, with `\u0020` meaning what it says. */
export function code(cell: string): string | undefined {
  const [, text] = /`([^`]*)`/.exec(cell) ?? []
  return text?.replace(/\\u([0-9a-f]{4})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}
