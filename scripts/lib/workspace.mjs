import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { join } from 'node:path'
import { generatePrismaClients } from './prisma-clients.mjs'
import { run, step } from './steps.mjs'
import { workspaceFolders } from './workspace-folders.mjs'

/** The repository's root. */
export const root = fileURLToPath(new URL('../../', import.meta.url))

const OLDEST_NODE = [20, 19]

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
  if (major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1])) return
  throw new Error(`Node ${OLDEST_NODE.join('.')} or later is needed, this is ${process.versions.node}`)
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
