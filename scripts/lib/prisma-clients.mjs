import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { run } from './steps.mjs'

/**
 * Prisma's CLI looks for its engines, and downloads what it does not find, even to generate clients that use none. Any file that is
 * there will do.
 */
const NO_ENGINES = {
  PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
  PRISMA_QUERY_ENGINE_LIBRARY: process.execPath,
  PRISMA_HIDE_UPDATE_MESSAGE: '1',
  CHECKPOINT_DISABLE: '1',
}

/** Generates the Prisma clients of every package that has a `prisma.config.ts`, as far as that is not done yet. */
export async function generatePrismaClients(root, log) {
  for (const folder of foldersWithPrisma(root)) {
    const stamp = join(folder, 'node_modules', '.prisma-generated-for')
    const { wanted, outputs } = inspect(folder)
    const isDone = existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted
    if (isDone && outputs.every((output) => existsSync(output))) continue
    await run(join(folder, 'node_modules', '.bin', 'prisma'), ['generate'], { log, cwd: folder, env: NO_ENGINES })
    writeFileSync(stamp, wanted)
  }
}

function foldersWithPrisma(root) {
  return ['packages', 'test']
    .flatMap((group) => readdirSync(join(root, group)).map((name) => join(root, group, name)))
    .filter((folder) => existsSync(join(folder, 'prisma.config.ts')))
}

/** What is to be generated: `wanted` changes with the schema, with where it is, and with Prisma's version. */
function inspect(folder) {
  const config = readFileSync(join(folder, 'prisma.config.ts'), 'utf8')
  const schemaFile = join(folder, /schema: '([^']+)'/.exec(config)[1])
  const schema = readFileSync(schemaFile, 'utf8')
  const { version } = createRequire(join(folder, 'package.json'))('prisma/package.json')
  return {
    wanted: createHash('sha256').update(config).update(schema).update(version).digest('hex'),
    outputs: [...schema.matchAll(/\boutput\s*=\s*"([^"]+)"/g)].map(([, output]) => join(dirname(schemaFile), output)),
  }
}
