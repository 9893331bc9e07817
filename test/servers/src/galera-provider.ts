import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { firstFound } from './first-found.js'
import type { Log } from './log.js'
import { packageWay } from './package-way.js'
import type { Way } from './way.js'

/** The library that makes a MariaDB server a node of a cluster. */
interface GaleraProvider {
  file: string
  version: string
}

/** Where it is below the root of a system, whose packages differ. */
const FILES = ['usr/lib/galera', 'usr/lib64/galera', 'usr/lib64/galera-4', 'usr/lib'].map((folder) =>
  join(folder, 'libgalera_smm.so'),
)

const installed: Way<'galera', { installation: GaleraProvider }> = {
  source: 'path',
  description: () => `an installed Galera 4: ${FILES.map((file) => `/${file}`).join(', ')}`,
  find: () => {
    const file = providerBelow('/')
    return Promise.resolve(
      file === undefined ? { reason: 'not found' } : { installation: { file, version: 'Galera 4' } },
    )
  },
}

const unpacked = packageWay({
  packages: { galera: 'galera-4' },
  unpacked: (_, root) => {
    const file = providerBelow(root)
    if (file === undefined) return Promise.reject(new Error(`no ${FILES.join(' or ')} in ${root}`))
    return Promise.resolve({ file, version: 'Galera 4' })
  },
})

/** The path of Galera's library: the one that is installed, or else from the distribution's package. */
export async function galeraProvider(log: Log): Promise<string> {
  const { installation } = await firstFound('galera', { env: process.env, log }, [installed, unpacked])
  return installation.file
}

function providerBelow(root: string): string | undefined {
  return FILES.map((name) => join(root, name)).find((path) => existsSync(path))
}
