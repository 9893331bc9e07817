import { createServer } from 'node:http'
import { fileURLToPath } from 'node:url'
import sirv from 'sirv'
import { build } from 'vitepress'
import { checkLinks } from './check-links.mjs'

const docs = fileURLToPath(new URL('..', import.meta.url))

/** Where the site is built into. */
export const dist = fileURLToPath(new URL('dist', import.meta.url))

/** Builds the site. Rejects when a page links to one that is not there. */
export async function buildSite() {
  await build(docs)
}

/** What of its links leads nowhere. */
export function checkSite() {
  return checkLinks(dist)
}

/** Serves the built site on 127.0.0.1 until the signal is aborted; `listening` is told the address. */
export async function serveSite(port, signal, listening) {
  const server = createServer(sirv(dist, { dev: true }))
  await new Promise((resolve, reject) => {
    server.on('error', reject).on('close', resolve)
    server.listen({ port, host: '127.0.0.1', signal }, () => listening(`http://127.0.0.1:${server.address().port}/`))
  })
}
