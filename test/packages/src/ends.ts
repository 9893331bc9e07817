import { publicPackages } from './workspace.js'

/** What to install, by name. */
export type Versions = Readonly<Record<string, string>>

/** What comes in versions of its own, but has to be of the same one. */
const ALONG: Readonly<Record<string, string>> = { '@prisma/client': 'prisma' }

/**
 * Versions at the ends of every range that the packages want their peers in: the oldest, the newest, and what is in between, so many
 * that each end of each part of a range is among them.
 */
export function endsOfRanges(): Versions[] {
  const ends = Object.entries(peerRanges()).map(([name, range]) => [name, endsOf(range)] as const)
  const count = Math.max(...ends.map(([, { length }]) => length))
  return Array.from({ length: count }, (_, index) =>
    Object.fromEntries(
      ends.flatMap(([name, versions]) => {
        // Short of ends of its own, it is the newest.
        const version = index < versions.length - 1 ? versions[index]! : versions.at(-1)!
        return [name, ...(ALONG[name] === undefined ? [] : [ALONG[name]])].map((each) => [each, version])
      }),
    ),
  )
}

/** One range for each peer, whichever packages want it. */
function peerRanges(): Record<string, string> {
  const ranges: Record<string, string> = {}
  for (const { manifest } of publicPackages()) {
    for (const [name, range] of Object.entries(manifest.peerDependencies ?? {})) {
      if ((ranges[name] ??= range) !== range) {
        throw new Error(`${manifest.name} wants ${name} ${range}, another package wants ${ranges[name]}`)
      }
    }
  }
  return ranges
}

/** `^6.19.0 || ^7.0.0` has four: 6.19.0, the newest 6, 7.0.0, the newest 7. */
function endsOf(range: string): string[] {
  return range.split(' || ').flatMap((part) => {
    const oldest = /^\^(\d+\.\d+\.\d+)$/.exec(part)?.[1]
    if (oldest === undefined) throw new Error(`A range of parts like ^1.2.3 was expected, got ${range}`)
    return [oldest, part]
  })
}
