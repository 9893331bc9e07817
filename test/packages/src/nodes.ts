import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run } from '@ormutex-test/servers/run'

/** Both ends of what `engines` allows, and the newest of each line: what to ask npm for. */
const NODES = ['20.19.0', '20', '22.12.0', '22', '24', 'latest']

export interface Nodes {
  readonly programs: readonly string[]
  remove(): void
}

/** Gets every Node from the npm package `node`, about 1 GB. */
export async function installNodes(): Promise<Nodes> {
  const folder = mkdtempSync(join(tmpdir(), 'ormutex-nodes-'))
  const dependencies = Object.fromEntries(NODES.map((version) => [`node-${version}`, `npm:node@${version}`]))
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, dependencies }))
  // The package itself is a script that fetches the program for this machine.
  await run('npm', ['install', '--ignore-scripts=false', '--no-audit', '--no-fund', '--no-package-lock'], {
    cwd: folder,
  })
  return {
    programs: NODES.map((version) => join(folder, 'node_modules', `node-${version}`, 'bin', 'node')),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}
