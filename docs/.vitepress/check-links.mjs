import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { Parser } from 'htmlparser2'

/** Stands for wherever the site will be. */
const ORIGIN = 'http://site.invalid'

/**
 * Holds every link of a built site against its files and headings: pages, images, styles and scripts. Links to other hosts are for a reader
 * to follow; what a page loads by itself has to be its own.
 *
 * @returns how many there are, and those that lead nowhere, as `page -> link`
 */
export function checkLinks(dist) {
  const names = readdirSync(dist, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.html'))
  const pages = new Map(names.map((name) => [`/${name}`, readPage(join(dist, name))]))
  const all = [...pages].flatMap(([path, { links }]) => links.map((link) => ({ path, ...link })))
  const broken = all.filter(({ path, target, isLoaded }) => {
    const url = new URL(target, ORIGIN + path)
    return url.origin === ORIGIN ? !isThere(dist, pages, url) : isLoaded
  })
  return { count: all.length, broken: [...new Set(broken.map(({ path, target }) => `${path.slice(1)} -> ${target}`))] }
}

function isThere(dist, pages, { pathname, hash }) {
  const path = decodeURIComponent(pathname.endsWith('/') ? `${pathname}index.html` : pathname)
  const file = join(dist, path)
  if (!existsSync(file) || !statSync(file).isFile()) return false
  return hash === '' || pages.get(path)?.ids.has(decodeURIComponent(hash.slice(1))) === true
}

function readPage(file) {
  const ids = new Set()
  const links = []
  const parser = new Parser({
    onopentag: (tag, { id, href, src, srcset }) => {
      if (id !== undefined) ids.add(id)
      for (const target of [href, src, srcset]) {
        if (target !== undefined && !target.startsWith('data:')) links.push({ target, isLoaded: tag !== 'a' })
      }
    },
  })
  parser.end(readFileSync(file, 'utf8'))
  return { ids, links }
}
