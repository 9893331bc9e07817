import type { MarkdownRenderer } from 'vitepress'

/** A space within a number (`10 000`), or between a number and its unit. */
const INNER_SPACE = /(?<=\d) (?=\d{3}(?!\d)|(?:µs|ms|s|min|h|d|%|MB|GiB)(?![a-z]))/g

/** Numbers are not broken where a line ends: in the narrow cells of a phone one of two halves would be read as a number of its own. */
export function numbers(markdown: MarkdownRenderer): void {
  markdown.core.ruler.push('numbers', ({ tokens }) => {
    for (const { children } of tokens) {
      for (const token of children ?? []) {
        if (token.type === 'text') token.content = token.content.replaceAll(INNER_SPACE, '\u{a0}')
      }
    }
  })
}
