// npm run pictures: draws the documentation's pictures of runs on a real server.
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { runCommand } from './lib/command.mjs'
import { paint, step } from './lib/steps.mjs'
import { root } from './lib/workspace.mjs'

const HELP = `npm run pictures -- [options]

Runs the demo and two connections on a MySQL server, and draws what they did: docs/pictures.

  --out <folder>   where to put them (default docs/pictures)
  --help           print this`

await runCommand(HELP, parseOptions, async ({ out }, signal) => {
  const { runDemo } = await import('../test/demo/dist/main.js')
  const { writeDrawings } = await import('../test/drawings/dist/main.js')
  const orms = ['knex', 'sequelize', 'prisma']
  const screen = { step, paint, columns: process.stdout.columns }
  const isGood = await runDemo({ orms, processes: 6, increments: 25, server: 'mysql', picture: out, signal }, screen)
  await step('Drawing what two connections do', () => writeDrawings(out))
  process.exitCode = isGood ? 0 : 1
})

/** Answers null when it was asked for help. */
function parseOptions() {
  const { values } = parseArgs({
    options: { out: { type: 'string' }, help: { type: 'boolean', short: 'h', default: false } },
  })
  return values.help ? null : { out: resolve(values.out ?? join(root, 'docs', 'pictures')) }
}
