import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { posix } from 'node:path'
import { placeOf } from './blocks.js'
import { anchorsOf, type Link, linksOf } from './links.js'
import { type Page, pages, root } from './pages.js'

/** Where pages may send a reader: the documentation of what ormutex stands on or is compared with. */
const KNOWN_HOSTS = new Set([
  'dev.mysql.com',
  'fastify.dev',
  'expressjs.com',
  'galeracluster.com',
  'github.com',
  'knexjs.org',
  'mariadb.com',
  'nodejs.org',
  'opentelemetry.io',
  'proxysql.com',
  'redis.io',
  'semver.org',
  'keepachangelog.com',
  'sequelize.org',
  'sidorares.github.io',
  'www.prisma.io',
])

describe('Links on the pages', () => {
  const links = pages.flatMap(linksOf)
  const isForeign = ({ target }: Link) => /^[a-z][a-z+.-]*:/.test(target)
  const ours = links.filter((link) => !isForeign(link))

  it('lead to files, headings and images that are there', () => {
    assert.ok(ours.length > 30, `expected many links, got ${ours.length}`)
    assert.deepEqual(ours.filter((link) => !isThere(link)).map(describeLink), [])
  })

  it('are relative, so that they hold wherever the repository lies', () => {
    assert.deepEqual(ours.filter(({ target }) => target.startsWith('/')).map(describeLink), [])
  })

  it('lead elsewhere only to the documentation of others', () => {
    const wrong = links.filter((link) => isForeign(link) && !isKnownHost(link.target))
    assert.deepEqual(wrong.map(describeLink), [])
  })
})

function describeLink(link: Link): string {
  return `${placeOf(link)}: ${link.target}`
}

function isKnownHost(target: string): boolean {
  const { protocol, hostname } = new URL(target)
  return protocol === 'https:' && KNOWN_HOSTS.has(hostname)
}

const anchors = new Map<Page, Set<string>>()

function isThere({ page, target }: Link): boolean {
  const [path = '', anchor] = target.split('#')
  const file = path === '' ? page.path : posix.join(posix.dirname(page.path), path)
  if (!existsSync(root + file)) return false
  if (anchor === undefined) return true
  const other = pages.find((candidate) => candidate.path === file)
  if (other === undefined) return false
  if (!anchors.has(other)) anchors.set(other, anchorsOf(other))
  return anchors.get(other)?.has(anchor) === true
}
