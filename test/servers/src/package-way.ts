import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { arch } from 'node:os'
import { join } from 'node:path'
import { fetchPackages } from './apt-fetch.js'
import { parseOsRelease, sourcesFor, type Release } from './apt-release.js'
import { parseDeb822Sources, parseListSources, type AptSource } from './apt-sources.js'
import { messageOf, type Log } from './log.js'
import { ownedName, sweepOwned } from './owned-directory.js'
import type { PackageKind } from './package-kind.js'
import { withSharedLock } from './shared-lock.js'
import type { Way } from './way.js'
import { serversCache } from './workspace.js'

/** Written last into a tree: without it the tree is half unpacked. */
const STAMP = 'fetched.json'

interface PackageWay<Kind extends PackageKind, Installation> {
  packages: Record<Kind, string>
  /** Makes a fresh tree fit for use. Default: it is as the packages have it. */
  arrange?: (kind: Kind, root: string) => Promise<void>
  unpacked: (kind: Kind, root: string) => Promise<Installation>
}

/** Something from the packages of this machine's distribution. */
export function packageWay<Kind extends PackageKind, Installation extends { version: string }>(
  parts: PackageWay<Kind, Installation>,
): Way<Kind, { source: 'packages'; installation: Installation }> {
  return {
    source: 'packages',
    description: () => 'Debian or Ubuntu, whose own packages are unpacked under .cache/ and never installed',
    async find(kind, { log }) {
      const release = parseOsRelease(await readFile('/etc/os-release', 'utf8').catch(() => ''))
      if (release === undefined) return { reason: 'this machine runs neither' }
      try {
        const root = await fetchedTree(kind, release, log, parts)
        return { source: 'packages', installation: await parts.unpacked(kind, root) }
      } catch (error) {
        return { reason: messageOf(error) }
      }
    },
  }
}

async function fetchedTree<Kind extends PackageKind>(
  kind: Kind,
  release: Release,
  log: Log,
  parts: PackageWay<Kind, { version: string }>,
): Promise<string> {
  const cache = serversCache()
  const tree = join(cache, `${kind}-${release.distribution}-${release.codename}-${arch()}`)
  if (existsSync(join(tree, STAMP))) return tree
  await withSharedLock(`${tree}.lock`, log, async () => {
    if (existsSync(join(tree, STAMP))) return
    await sweepOwned(cache)
    const folder = join(cache, ownedName(`fetch-${kind}`, process.pid))
    const root = join(folder, 'root')
    await mkdir(folder, { recursive: true })
    try {
      const sources = sourcesFor(kind, await machineSources('/etc/apt'), release)
      if (sources.length === 0) throw new Error(`the sources of apt name no archive of ${release.codename}`)
      const name = await fetchPackages(parts.packages[kind], sources, { folder, root, log })
      await parts.arrange?.(kind, root)
      const { version } = await parts.unpacked(kind, root)
      await writeFile(join(root, STAMP), JSON.stringify({ package: name, version }))
      await rm(tree, { recursive: true, force: true })
      await rename(root, tree)
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
    log(`${kind} is unpacked`)
  })
  return tree
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
