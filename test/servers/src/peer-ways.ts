import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { packageWay } from './package-way.js'
import { installedPeer, unpackedPeer, type PeerInstallation } from './peer-installation.js'
import type { PeerKind } from './peer.js'
import { bundlePostgresql } from './postgresql-bundle.js'
import { programWay } from './program-way.js'
import type { Way } from './way.js'

const PROGRAMS: Record<PeerKind, readonly string[]> = { redis: ['redis-server'], postgresql: ['postgres'] }

const PACKAGES: Record<PeerKind, string> = { redis: 'redis-server', postgresql: 'postgresql' }

/** Debian has PostgreSQL's versions side by side here, and none of them on PATH. */
const POSTGRESQL_FOLDER = '/usr/lib/postgresql'

const FOLDERS: Record<PeerKind, () => readonly string[]> = {
  redis: () => [],
  postgresql: () => newestFirst(POSTGRESQL_FOLDER).map((version) => join(POSTGRESQL_FOLDER, version, 'bin')),
}

/** Where a peer is going to come from. */
export interface PeerOrigin {
  source: 'path' | 'packages'
  installation: PeerInstallation
}

/** In the order in which they are tried: what is installed comes before what would have to be fetched. */
export const PEER_WAYS: readonly Way<PeerKind, PeerOrigin>[] = [
  programWay({ names: PROGRAMS, folders: (kind) => FOLDERS[kind](), installed: installedPeer }),
  packageWay({
    packages: PACKAGES,
    async arrange(kind, root) {
      if (kind === 'postgresql') await bundlePostgresql(root)
    },
    unpacked: unpackedPeer,
  }),
]

function newestFirst(folder: string): string[] {
  try {
    return readdirSync(folder).toSorted((a, b) => Number(b) - Number(a))
  } catch {
    return []
  }
}
