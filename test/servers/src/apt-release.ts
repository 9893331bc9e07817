import type { AptSource } from './apt-sources.js'
import type { PackageKind } from './package-kind.js'

export interface Release {
  distribution: 'debian' | 'ubuntu'
  codename: string
}

/** Reads /etc/os-release; derivatives of Debian and Ubuntu count as what they are built on. */
export function parseOsRelease(text: string): Release | undefined {
  const values = new Map<string, string>()
  for (const line of text.split('\n')) {
    const [, key, value] = /^([A-Z_]+)=["']?(.*?)["']?$/.exec(line.trim()) ?? []
    if (key !== undefined && value !== undefined) values.set(key, value)
  }
  const ids = [values.get('ID') ?? '', ...(values.get('ID_LIKE') ?? '').split(' ')]
  const distribution = ids.includes('ubuntu') ? 'ubuntu' : ids.includes('debian') ? 'debian' : undefined
  const base = distribution === 'ubuntu' ? 'UBUNTU_CODENAME' : 'DEBIAN_CODENAME'
  const codename = values.get(base) ?? values.get('VERSION_CODENAME')
  return distribution && codename ? { distribution, codename } : undefined
}

/** Debian lets a source name a release by its place in the row instead of its name. */
const DEBIAN_ALIASES = ['stable', 'oldstable', 'oldoldstable', 'testing', 'unstable', 'sid']

/** One-line sources often have a line for each of these. Other vendors rarely use their names. */
const COMPONENTS: Record<Release['distribution'], readonly string[]> = {
  debian: ['main'],
  ubuntu: ['main', 'universe'],
}

/** The distribution's own sources: the release and what updates it, without backports or other vendors' suites. */
export function distributionSources(all: readonly AptSource[], release: Release): AptSource[] {
  const names = [release.codename, ...(release.distribution === 'debian' ? DEBIAN_ALIASES : [])]
  const wanted = new Set(names.flatMap((name) => [name, `${name}-updates`, `${name}-security`, `${name}/updates`]))
  return all.flatMap((source) => {
    const suites = source.suites.filter((suite) => wanted.has(suite))
    const isDistribution = source.components.some((component) => COMPONENTS[release.distribution].includes(component))
    return suites.length > 0 && isDistribution ? [{ ...source, suites }] : []
  })
}

/** The archive that has every suite of Debian: where the release itself comes from. */
export function mainArchive(all: readonly AptSource[], release: Release): AptSource | undefined {
  const own = distributionSources(all, release)
  const isRelease = (suite: string) => !/[-/](updates|security)$/.test(suite)
  const candidates = own.filter(({ suites }) => suites.some(isRelease))
  // Vendors name their suites after releases too, but only the distribution has an `-updates` beside it.
  const updated = new Set(
    own.filter(({ suites }) => suites.some((suite) => suite.endsWith('-updates'))).flatMap(({ uris }) => uris),
  )
  return candidates.find(({ uris }) => uris.some((uri) => updated.has(uri))) ?? candidates[0]
}

/** Where the packages of something come from, or nothing where the machine's sources do not lead to them. */
export function sourcesFor(kind: PackageKind, all: readonly AptSource[], release: Release): AptSource[] {
  if (kind !== 'mysql' || release.distribution === 'ubuntu') return distributionSources(all, release)
  // Debian's releases have no MySQL; its unstable suite does.
  const archive = mainArchive(all, release)
  return archive === undefined ? [] : [{ ...archive, suites: ['unstable'], components: ['main'] }]
}

/** Some releases have a package without a version in its name, others only such as `mysql-server-core-8.0`. */
export function newestPackage(names: readonly string[], name: string): string | undefined {
  if (names.includes(name)) return name
  const versionOf = (candidate: string) => /-(\d+(?:\.\d+)*)$/.exec(candidate)?.[1] ?? ''
  return names
    .filter((candidate) => candidate === `${name}-${versionOf(candidate)}`)
    .toSorted((a, b) => versionOf(b).localeCompare(versionOf(a), 'en', { numeric: true }))[0]
}
