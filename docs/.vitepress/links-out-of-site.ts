import type { MarkdownRenderer } from 'vitepress'
import { posix } from 'node:path'

/**
 * What a page links to in the repository outside of the docs is no page of the site: there it is text without a link. So that text has to
 * tell by itself where to look: a path or a package, as code. Other words are refused.
 */
export function linksOutOfSite(markdown: MarkdownRenderer): void {
  markdown.core.ruler.push('links-out-of-site', ({ tokens, env }) => {
    for (const { children } of tokens) {
      let isOut = false
      for (const [index, token] of children?.entries() ?? []) {
        if (token.type === 'link_open') isOut = leadsOut(token.attrGet('href') ?? '', env.relativePath)
        if (!isOut) continue
        if (token.type === 'link_open' && children?.[index + 1]?.type !== 'code_inline') {
          throw new Error(`${env.relativePath}: expected the path in backticks as the text of ${token.attrGet('href')}`)
        }
        if (token.type === 'link_open' || token.type === 'link_close') token.tag = 'span'
        if (token.type === 'link_open') token.attrs = null
        if (token.type === 'link_close') isOut = false
      }
    }
  })
}

function leadsOut(href: string, page: string): boolean {
  return !/^(?:[a-z]+:|#|\/)/.test(href) && posix.join(posix.dirname(page), href).startsWith('../')
}
