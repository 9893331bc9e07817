import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, rm } from 'node:fs/promises'
import { arch } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { firstFound } from './first-found.js'
import { findLoader, loaderArguments } from './loader.js'
import { messageOf, type Log } from './log.js'
import { ownedName, sweepOwned } from './owned-directory.js'
import { packageWay } from './package-way.js'
import { programWay } from './program-way.js'
import { run } from './run.js'
import type { Way } from './way.js'
import { serversCache } from './workspace.js'

const SOURCE = fileURLToPath(new URL('../src/wall-clock.c', import.meta.url))
const COMPILE_TIMEOUT_MS = 30_000

/** A compiler, which has proved itself: it has made the library. */
interface Compiler {
  version: string
}

type CompilerWay = Way<'compiler', { installation: Compiler }>

/** In the order in which they are tried. The smallest compiler there is will do. */
export function compilerWays(library: string): CompilerWay[] {
  return [
    programWay({
      names: { compiler: ['cc', 'gcc', 'clang', 'tcc'] },
      folders: () => [],
      installed: (_, program) => compile(library, program, []),
    }),
    packageWay({
      packages: { compiler: 'tcc' },
      async unpacked(_, root) {
        const loader = await findLoader(root)
        return compile(library, loader.file, [...loaderArguments(loader), join(root, 'usr/bin/tcc')])
      },
    }),
  ]
}

interface LibraryOptions {
  folder?: string
  env?: NodeJS.ProcessEnv
  waysTo?: (library: string) => CompilerWay[]
}

/** What makes a server's wall clock one that can be set, compiled once; nothing where that cannot be done. */
export async function wallClockLibrary(
  log: Log,
  { folder = join(serversCache(), 'wall-clock'), env = process.env, waysTo = compilerWays }: LibraryOptions = {},
): Promise<string | undefined> {
  try {
    const key = createHash('sha256')
      .update(await readFile(SOURCE))
      .digest('hex')
      .slice(0, 12)
    const library = join(folder, `${key}-${arch()}.so`)
    if (!existsSync(library)) await firstFound('compiler', { env, log }, waysTo(library))
    return library
  } catch (error) {
    log(`the server's clock cannot be set: ${messageOf(error)}`)
    return undefined
  }
}

async function compile(library: string, command: string, commandArguments: readonly string[]): Promise<Compiler> {
  const parent = dirname(library)
  await sweepOwned(parent)
  const folder = join(parent, ownedName('compile', process.pid))
  await mkdir(folder, { recursive: true })
  try {
    const made = join(folder, 'wall-clock.so')
    // Without what a compiler adds to every library, it need not be installed with more than itself.
    const args = [...commandArguments, '-shared', '-fPIC', '-nostdlib', '-o', made, SOURCE]
    await run(command, args, { timeoutMs: COMPILE_TIMEOUT_MS })
    await rename(made, library)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
  return { version: [command, ...commandArguments].join(' ') }
}
