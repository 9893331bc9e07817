import { join } from 'node:path'
import { firstFound } from './first-found.js'
import { serverEnvironment } from './installation.js'
import { findLoader, loaderArguments } from './loader.js'
import { silent, type Log } from './log.js'
import { packageWay } from './package-way.js'
import { programWay } from './program-way.js'
import { run } from './run.js'
import type { Way } from './way.js'

/** A Python 3 with its standard library, and how to run it. */
export interface Python {
  readonly version: string
  readonly command: string
  /** What comes before the program's own arguments. */
  readonly commandArguments: readonly string[]
  readonly env: NodeJS.ProcessEnv
}

type PythonWay = Way<'python', { installation: Python }>

/** What the programs of the documentation use: one without these is none. */
const PROOF = 'import sys, base64, hashlib, hmac, json; assert sys.version_info >= (3, 8); print(sys.version)'

const ANSWER_TIMEOUT_MS = 30_000

const onPath: PythonWay = programWay({
  names: { python: ['python3', 'python'] },
  folders: () => [],
  installed: (_, command) => proven({ command, commandArguments: [], env: serverEnvironment() }),
})

const unpacked: PythonWay = packageWay({
  packages: { python: 'python3' },
  async unpacked(_, root) {
    const loader = await findLoader(root)
    // Else it looks for its library where the machine's own Python has it.
    const env = { ...serverEnvironment(), PYTHONHOME: join(root, 'usr') }
    const commandArguments = [...loaderArguments(loader), join(root, 'usr/bin/python3')]
    return proven({ command: loader.file, commandArguments, env })
  },
})

/** In the order in which they are tried. */
export const PYTHON_WAYS: readonly PythonWay[] = [onPath, unpacked]

/** Python 3: the machine's own, or else from the distribution's packages. */
export async function findPython(
  { log = silent, env = process.env }: { log?: Log; env?: NodeJS.ProcessEnv } = {},
  ways = PYTHON_WAYS,
): Promise<Python> {
  const { installation } = await firstFound('python', { env, log }, ways)
  return installation
}

async function proven(python: Omit<Python, 'version'>): Promise<Python> {
  const { command, commandArguments, env } = python
  const args = [...commandArguments, '-c', PROOF]
  return { ...python, version: (await run(command, args, { env, timeoutMs: ANSWER_TIMEOUT_MS })).trim() }
}
