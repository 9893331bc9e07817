import type { Code } from 'mdast'
import { visit } from 'unist-util-visit'
import { type Page, pages } from './pages.js'

/** A fenced block of code. */
export interface Block {
  readonly page: Page
  /** The line of the page on which its first line of code stands, from 1. */
  readonly line: number
  readonly language: string
  readonly code: string
  /** What the comment on the line before the fence names: a file of the examples that the block is taken from. */
  readonly source: Source | null
}

/** `<!-- examples/src/leader.ts#campaign -->`. */
export interface Source {
  readonly file: string
  /** `null` for the whole file. */
  readonly region: string | null
}

const SOURCE_COMMENT = /^<!--\s*(examples\/[^\s#]+)(?:#(\S+))?\s*-->$/

/** Every block of every page. */
export const blocks: readonly Block[] = pages.flatMap(blocksOf)

/** `page:line`, as editors open it. */
export function placeOf({ page, line }: Pick<Block, 'page' | 'line'>): string {
  return `${page.path}:${line}`
}

/** Comments that name an example, and no block stands right below them. */
export function strayComments(): string[] {
  const stray: string[] = []
  for (const page of pages) {
    visit(page.tree, 'html', (node, index = 0, parent) => {
      if (!SOURCE_COMMENT.test(node.value)) return
      const next = parent?.children[index + 1]
      if (next?.type !== 'code') stray.push(placeOf({ page, line: node.position?.start.line ?? 0 }))
    })
  }
  return stray
}

function blocksOf(page: Page): Block[] {
  const found: Block[] = []
  visit(page.tree, 'code', (node, index = 0, parent) => {
    const before = parent?.children[index - 1]
    found.push({
      page,
      line: (node.position?.start.line ?? 0) + 1,
      language: languageOf(node),
      code: node.value,
      source: before?.type === 'html' ? sourceOf(before.value) : null,
    })
  })
  return found
}

function languageOf({ lang }: Code): string {
  return lang ?? ''
}

function sourceOf(comment: string): Source | null {
  const match = SOURCE_COMMENT.exec(comment)
  return match?.[1] === undefined ? null : { file: match[1], region: match[2] ?? null }
}
