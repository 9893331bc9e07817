import { createServer } from 'node:http'
import { fileURLToPath } from 'node:url'
import { LinkChecker, LinkState } from 'linkinator'
import sirv from 'sirv'
import { build } from 'vitepress'

const docs = fileURLToPath(new URL('..', import.meta.url))

/** Where the site is built into. */
export const dist = fileURLToPath(new URL('dist', import.meta.url))

/** Builds the site. Rejects when a page links to one that is not there. */
export async function buildSite() {
  await build(docs)
}

/**
 * Follows every link of the built site to pages, headings, images, styles and scripts, with what is on this machine alone; links to other
 * hosts are not tried.
 *
 * @returns how many there are, and those that lead nowhere, as `page -> link`
 */
export async function checkSite() {
  const { links } = await new LinkChecker().check({
    path: 'index.html',
    serverRoot: dist,
    recurse: true,
    checkFragments: true,
    checkCss: true,
    linksToSkip: async (link) => new URL(link).hostname !== 'localhost',
  })
  const broken = links.filter(({ state }) => state === LinkState.BROKEN)
  return { count: links.length, broken: broken.map(({ url, parent }) => `${inSite(parent)} -> ${inSite(url)}`) }
}

function inSite(url) {
  return url?.replace(/^https?:\/\/localhost:\d+\//, '') ?? '(the start)'
}

/** Serves the built site on 127.0.0.1 until the signal is aborted; `listening` is told the address. */
export async function serveSite(port, signal, listening) {
  const server = createServer(sirv(dist, { dev: true }))
  await new Promise((resolve, reject) => {
    server.on('error', reject).on('close', resolve)
    server.listen({ port, host: '127.0.0.1', signal }, () => listening(`http://127.0.0.1:${server.address().port}/`))
  })
}
