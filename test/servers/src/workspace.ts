import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export function repositoryRoot(): string {
  const here = dirname(fileURLToPath(import.meta.url))
  for (let folder = here; ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'pnpm-workspace.yaml'))) return folder
    if (folder === dirname(folder)) throw new Error(`no pnpm-workspace.yaml in ${here} or any folder above it`)
  }
}

/** Everything that outlives one run: unpacked servers and the data directories that new ones are copied from. */
export function serversCache(): string {
  return join(repositoryRoot(), '.cache', 'servers')
}
