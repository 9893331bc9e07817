import type { MarkdownRenderer } from 'vitepress'

const PICTURE =
  /<picture>\s*<source media="\(prefers-color-scheme: dark\)" srcset="([^"]+)"\s*\/?>\s*<img alt="([^"]*)" src="([^"]+)"\s*\/?>\s*<\/picture>/g

/**
 * A picture follows the system's scheme, the site a switch of its own: so both images are there, and the theme shows one. A page that
 * writes a picture in another way is refused, rather than wrong in one of the two.
 */
export function pictures(markdown: MarkdownRenderer): void {
  const { html_block: asItIs } = markdown.renderer.rules
  markdown.renderer.rules.html_block = (tokens, index, options, env, self) => {
    const token = tokens[index]
    if (token === undefined) return ''
    token.content = token.content.replaceAll(PICTURE, (_, dark: string, alt: string, light: string) => {
      const images = [image('only-light', light, alt), image('only-dark', dark, alt)]
      return `<div class="picture">${images.join('')}</div>`
    })
    if (token.content.includes('<picture')) {
      throw new Error(
        `${env.relativePath}: expected <picture> with one dark <source> and an <img>, got ${token.content}`,
      )
    }
    return asItIs ? asItIs(tokens, index, options, env, self) : token.content
  }
}

function image(className: string, source: string, alt: string): string {
  return `<img class="${className}" src="./${source}" alt="${alt}">`
}
