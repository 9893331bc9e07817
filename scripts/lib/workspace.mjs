import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { join } from 'node:path'
import { generatePrismaClients } from './prisma-clients.mjs'
import { run, step } from './steps.mjs'
import { workspaceFolders } from './workspace-folders.mjs'

/** The repository's root. */
export const root = fileURLToPath(new URL('../../', import.meta.url))

/** The oldest minor version of each line of Node, as `engines` has it; of later lines any. */
const OLDEST_MINORS = { 20: 19, 22: 12 }

/** A program that a development dependency brought. */
export function bin(name) {
  return join(root, 'node_modules', '.bin', name)
}

/** Installs and builds everything, as far as that is not done yet. */
export async function setUp() {
  checkNode()
  await install()
  await step('Generating Prisma clients', (log) => generatePrismaClients(root, log))
  await step('Building (this checks the types, too)', (log) => run(bin('tsc'), ['-b'], { log, cwd: root }))
}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major > 22 || minor >= OLDEST_MINORS[major]) return
  throw new Error(`Node 20.19, or 22.12 or later is needed, this is ${process.versions.node}`)
}

/** Skipped when what it depends on is what it was the last time. */
async function install() {
  const stamp = join(root, 'node_modules', '.installed-for')
  const wanted = fingerprint()
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return
  const { config } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  await step('Installing dependencies', (log) =>
    run('npx', ['--yes', `pnpm@${config.pnpm}`, 'install', '--frozen-lockfile', '--reporter=append-only'], {
      log,
      cwd: root,
    }),
  )
  writeFileSync(stamp, wanted)
}

function fingerprint() {
  const hash = createHash('sha256')
  for (const file of manifests()) hash.update(readFileSync(join(root, file)))
  return hash.digest('hex')
}

function manifests() {
  const packages = workspaceFolders(root).map((folder) => join(folder, 'package.json'))
  return ['package.json', 'pnpm-lock.yaml', 'pnpm-workspace.yaml', ...packages]
}
