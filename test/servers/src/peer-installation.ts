import { existsSync, realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { serverEnvironment } from './installation.js'
import { findLoader, loaderArguments } from './loader.js'
import type { PeerKind } from './peer.js'
import { bundleOf, programFolder } from './postgresql-bundle.js'
import { run } from './run.js'

/** A peer's program on this machine and how to run it. */
export interface PeerInstallation {
  kind: PeerKind
  version: string
  /** The server, or the dynamic loader that runs it. PostgreSQL's `initdb` is beside it. */
  command: string
  /** What comes before the server's own arguments: empty, or the loader's arguments and the server's path. */
  commandArguments: readonly string[]
  /** A folder that has all of the server in it, which runs from a copy as well. */
  bundle?: string
}

/** What `--version` answers: `Redis server v=7.0.15 sha=...` and `postgres (PostgreSQL) 15.18 (Debian ...)`. */
const VERSIONS: Record<PeerKind, RegExp> = { redis: /\bv=(\S+)/, postgresql: /\(PostgreSQL\) (\S+)/ }

/** A server that somebody has installed. */
export async function installedPeer(kind: PeerKind, program: string): Promise<PeerInstallation> {
  if (kind === 'redis') return described({ kind, command: program, commandArguments: [] })
  // Distributions link to it from PATH, and not always to what is beside it.
  const command = realpathSync(program)
  if (!existsSync(initdbOf(command))) throw new Error(`no initdb in ${dirname(command)}`)
  return described({ kind, command, commandArguments: [] })
}

/** A server in a tree of unpacked packages runs on the libc of that tree: the machine's own may be older. */
export async function unpackedPeer(kind: PeerKind, root: string): Promise<PeerInstallation> {
  if (kind === 'postgresql') {
    const command = join(await programFolder(root), 'postgres')
    return described({ kind, command, commandArguments: [], bundle: bundleOf(root) })
  }
  const loader = await findLoader(root)
  // Its name may be a link to a program that goes by the name that it is called by.
  const program = join(root, 'usr/bin/redis-server')
  return described({ kind, command: loader.file, commandArguments: [...loaderArguments(loader), program] })
}

export const initdbOf = (command: string) => join(dirname(command), 'initdb')

async function described(installation: Omit<PeerInstallation, 'version'>): Promise<PeerInstallation> {
  const { kind, command, commandArguments } = installation
  const env = { ...serverEnvironment(), LC_ALL: 'C' }
  const answer = await run(command, [...commandArguments, '--version'], { env, timeoutMs: 10_000 })
  const version = VERSIONS[kind].exec(answer)?.[1]
  if (version === undefined) throw new Error(`expected a version of ${kind}, got ${JSON.stringify(answer)}`)
  return { ...installation, version }
}
