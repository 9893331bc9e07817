import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { arch } from 'node:os'
import { join } from 'node:path'
import { fetchPackages } from './apt-fetch.js'
import { parseOsRelease, sourcesFor, type Release } from './apt-release.js'
import { parseDeb822Sources, parseListSources, type AptSource } from './apt-sources.js'
import type { Flavour } from './flavour.js'
import { messageOf, type Log } from './log.js'
import { ownedName, sweepOwned } from './owned-directory.js'
import { withSharedLock } from './shared-lock.js'
import { unpackedServer } from './unpacked-server.js'
import type { Way } from './way.js'
import { serversCache } from './workspace.js'

const PACKAGES: Record<Flavour, string> = { mysql: 'mysql-server-core', mariadb: 'mariadb-server-core' }

/** Written last into a tree: without it the tree is half unpacked. */
const STAMP = 'fetched.json'

export const wayPackages: Way = {
  source: 'packages',
  description: () => 'Debian or Ubuntu, whose own packages are unpacked under .cache/ and never installed',
  async find(flavour, { log }) {
    const release = parseOsRelease(await readFile('/etc/os-release', 'utf8').catch(() => ''))
    if (release === undefined) return { reason: 'this machine runs neither' }
    try {
      const root = await fetchedTree(flavour, release, log)
      return { source: 'packages', installation: await unpackedServer(flavour, root) }
    } catch (error) {
      return { reason: messageOf(error) }
    }
  },
}

async function fetchedTree(flavour: Flavour, release: Release, log: Log): Promise<string> {
  const cache = serversCache()
  const tree = join(cache, `${flavour}-${release.distribution}-${release.codename}-${arch()}`)
  if (existsSync(join(tree, STAMP))) return tree
  await withSharedLock(`${tree}.lock`, log, async () => {
    if (existsSync(join(tree, STAMP))) return
    await sweepOwned(cache)
    const folder = join(cache, ownedName(`fetch-${flavour}`, process.pid))
    await mkdir(folder, { recursive: true })
    try {
      await fetchInto(folder, flavour, release, log)
      await rm(tree, { recursive: true, force: true })
      await rename(join(folder, 'root'), tree)
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
    log(`${flavour} is unpacked`)
  })
  return tree
}

async function fetchInto(folder: string, flavour: Flavour, release: Release, log: Log): Promise<void> {
  const sources = sourcesFor(flavour, await machineSources('/etc/apt'), release)
  if (sources.length === 0) throw new Error(`the sources of apt name no archive of ${release.codename}`)
  const root = join(folder, 'root')
  const name = await fetchPackages(PACKAGES[flavour], sources, { folder, root, log })
  const { version } = await unpackedServer(flavour, root)
  await writeFile(join(root, STAMP), JSON.stringify({ package: name, version }))
}

async function machineSources(folder: string): Promise<AptSource[]> {
  const parts = await readdir(join(folder, 'sources.list.d')).catch(() => [])
  const files = ['sources.list', ...parts.map((part) => join('sources.list.d', part))]
  const sources = await Promise.all(
    files.map(async (file) => {
      const text = await readFile(join(folder, file), 'utf8').catch(() => '')
      if (file.endsWith('.sources')) return parseDeb822Sources(text)
      return file.endsWith('.list') ? parseListSources(text) : []
    }),
  )
  return sources.flat()
}
