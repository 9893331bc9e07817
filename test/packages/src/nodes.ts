import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run } from '@ormutex-test/servers/run'

/** Both ends of what `engines` allows, and the newest of each line between them: what to install, by the name to call it. */
export const NODES = {
  '20.19.0': '20.19.0',
  '20': '20',
  '22.12.0': '22.12.0',
  '22': '22',
  '24': '24',
  newest: 'latest',
} as const

export interface Nodes {
  /** The program of each, by its name in `NODES`. */
  readonly programs: ReadonlyMap<string, string>
  remove(): void
}

/** Gets every Node from the npm package `node`, about 1 GB. */
export async function installNodes(): Promise<Nodes> {
  const folder = mkdtempSync(join(tmpdir(), 'ormutex-nodes-'))
  const names = Object.entries(NODES)
  const dependencies = Object.fromEntries(names.map(([name, version]) => [`node-${name}`, `npm:node@${version}`]))
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, dependencies }))
  // The package itself is a script that fetches the program for this machine.
  await run('npm', ['install', '--ignore-scripts=false', '--no-audit', '--no-fund', '--no-package-lock'], {
    cwd: folder,
  })
  return {
    programs: new Map(names.map(([name]) => [name, join(folder, 'node_modules', `node-${name}`, 'bin', 'node')])),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}
