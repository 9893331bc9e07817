import { join } from 'node:path'
import { run } from '@ormutex-test/servers/run'
import { type Manifest, pnpmVersion, publicPackages, ROOT } from './workspace.js'

/** The files of a release, by the names of their packages. */
export type Tarballs = ReadonlyMap<string, string>

/** Packs every public package into a folder, as for a release. */
export async function packAll(folder: string): Promise<Tarballs> {
  const pack = ['--recursive', '--filter', './packages/*', 'pack', '--pack-destination', folder]
  await run('npx', ['--yes', `pnpm@${pnpmVersion()}`, ...pack], { cwd: ROOT, title: 'Packing' })
  return new Map(publicPackages().map(({ manifest }) => [manifest.name, join(folder, fileNameOf(manifest))]))
}

function fileNameOf({ name, version }: Manifest): string {
  return `${name.replace('@', '').replace('/', '-')}-${version}.tgz`
}
