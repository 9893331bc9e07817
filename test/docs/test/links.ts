import GithubSlugger from 'github-slugger'
import { Parser } from 'htmlparser2'
import type { Nodes } from 'mdast'
import { toString } from 'mdast-util-to-string'
import { visit } from 'unist-util-visit'
import type { Page } from './pages.js'

/** A link or an image of a page. */
export interface Link {
  readonly page: Page
  readonly line: number
  readonly target: string
}

/** What a page links to or shows, in Markdown and in HTML. */
export function linksOf(page: Page): Link[] {
  const links: Link[] = []
  visit(page.tree, (node) => {
    for (const target of targetsOf(node)) links.push({ page, line: node.position?.start.line ?? 0, target })
  })
  return links
}

/** What a link to a page may end in: its headings, as code hosts name them, and the ids of its HTML. */
export function anchorsOf({ tree }: Page): Set<string> {
  const slugger = new GithubSlugger()
  const anchors = new Set<string>()
  visit(tree, (node) => {
    if (node.type === 'heading') anchors.add(slugger.slug(toString(node)))
    if (node.type === 'html') for (const { id } of tagsIn(node.value)) if (id !== undefined) anchors.add(id)
  })
  return anchors
}

function targetsOf(node: Nodes): string[] {
  if (node.type === 'link' || node.type === 'image' || node.type === 'definition') return [node.url]
  if (node.type !== 'html') return []
  return tagsIn(node.value).flatMap(({ href, src, srcset }) => [href, src, srcset].filter((url) => url !== undefined))
}

function tagsIn(html: string): Record<string, string>[] {
  const tags: Record<string, string>[] = []
  const parser = new Parser({ onopentag: (_, attributes) => tags.push(attributes) })
  parser.end(html)
  return tags
}
