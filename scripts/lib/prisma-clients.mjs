import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { run } from './steps.mjs'
import { workspaceFolders } from './workspace-folders.mjs'

/** What the environment tells Prisma is for another project: with some of it, other clients would be made. */
const UNSAID = Object.fromEntries(
  Object.keys(process.env)
    .filter((name) => name.startsWith('PRISMA_'))
    .map((name) => [name, undefined]),
)

/**
 * Prisma's CLI looks for its engines, and downloads what it does not find, even to generate clients that use none. Any file that is
 * there will do.
 */
const NO_ENGINES = {
  ...UNSAID,
  PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
  PRISMA_QUERY_ENGINE_LIBRARY: process.execPath,
  PRISMA_HIDE_UPDATE_MESSAGE: '1',
  CHECKPOINT_DISABLE: '1',
}

/** Folders that hold no schema of ours. */
const SKIPPED = /^(?:node_modules|dist|dist-test|generated(?:-js)?|\..*)$/

/** Generates the Prisma clients of every schema in the workspace, as far as that is not done yet. */
export async function generatePrismaClients(root, log) {
  for (const name of workspaceFolders(root)) {
    const folder = join(root, name)
    for (const schema of schemasIn(folder)) await generate(folder, schema, log)
  }
}

async function generate(folder, schema, log) {
  const stamp = join(folder, 'node_modules', '.prisma-generated', relative(folder, schema).replaceAll('/', '-'))
  const { wanted, outputs, hasGenerator } = inspect(folder, schema)
  if (!hasGenerator) return
  const isDone = existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted
  if (isDone && outputs.every((output) => existsSync(output))) return
  const prisma = join(folder, 'node_modules', '.bin', 'prisma')
  await run(prisma, ['generate', '--schema', schema, '--no-hints'], { log, cwd: folder, env: NO_ENGINES })
  mkdirSync(dirname(stamp), { recursive: true })
  writeFileSync(stamp, wanted)
}

function schemasIn(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return SKIPPED.test(entry.name) ? [] : schemasIn(path)
    return entry.name.endsWith('.prisma') ? [path] : []
  })
}

/** What is to be generated: `wanted` changes with the schema and with Prisma's version. */
function inspect(folder, schemaFile) {
  const schema = readFileSync(schemaFile, 'utf8')
  const { version } = createRequire(join(folder, 'package.json'))('prisma/package.json')
  return {
    wanted: createHash('sha256').update(schema).update(version).digest('hex'),
    // Without one, Prisma says at length that it does nothing.
    hasGenerator: /^\s*generator\s/m.test(schema),
    outputs: [...schema.matchAll(/\boutput\s*=\s*"([^"]+)"/g)].map(([, output]) => join(dirname(schemaFile), output)),
  }
}
