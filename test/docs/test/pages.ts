import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Root } from 'mdast'
import { fromMarkdown } from 'mdast-util-from-markdown'
import { gfmFromMarkdown } from 'mdast-util-gfm'
import { gfm } from 'micromark-extension-gfm'

/** The repository's root, with a slash at its end. */
export const root = fileURLToPath(new URL('../../../', import.meta.url))

/** A Markdown file of the repository. */
export interface Page {
  /** Its path from the root. */
  readonly path: string
  readonly tree: Root
}

/** Where Markdown for users and contributors is. */
const FOLDERS = ['docs', 'examples', 'packages']

const SKIPPED = /(?:^|\/)(?:node_modules|dist|dist-test|generated|\.[^/]+)\//

/** The pages of the docs, of the packages and of the examples, and those at the root. */
export const pages: readonly Page[] = [...markdownIn(''), ...FOLDERS.flatMap((folder) => markdownIn(`${folder}/`))]

/** Written by TypeDoc. */
export function isGenerated({ path }: Page): boolean {
  return path.startsWith('docs/api/')
}

function markdownIn(folder: string): Page[] {
  return filesIn(folder)
    .filter((name) => name.endsWith('.md'))
    .map((name) => folder + name)
    .filter((path) => !SKIPPED.test(path))
    .toSorted()
    .map((path) => ({ path, tree: parse(readFileSync(root + path, 'utf8')) }))
}

function filesIn(folder: string): string[] {
  try {
    return readdirSync(root + folder, { recursive: folder !== '', encoding: 'utf8' })
  } catch {
    return []
  }
}

function parse(markdown: string): Root {
  return fromMarkdown(markdown, { extensions: [gfm()], mdastExtensions: [gfmFromMarkdown()] })
}
