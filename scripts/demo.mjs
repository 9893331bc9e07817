// npm run demo: several processes add to one row of a real server, without the lock and with it.
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { runCommand } from './lib/command.mjs'
import { paint, step } from './lib/steps.mjs'

const HELP = `npm run demo -- [options]

  --orm <name>               knex, sequelize, prisma or all (default all: the processes use them in turns)
  --processes <2 to 32>      how many processes share the row (default 6)
  --increments <1 to 1000>   how often each of them adds 1 (default 25)
  --server <name>            mysql or mariadb (default mysql)
  --picture <folder>         draw the run there, too: demo-light.svg and demo-dark.svg
  --help                     print this`

const ORMS = ['knex', 'sequelize', 'prisma']

await runCommand(HELP, parseOptions, async (options, signal) => {
  const { runDemo } = await import('../test/demo/dist/main.js')
  const screen = { step, paint, columns: process.stdout.columns }
  const isGood = await runDemo({ ...options, signal }, screen)
  process.exitCode = isGood ? 0 : 1
})

/** Answers null when it was asked for help. */
function parseOptions() {
  const { values } = parseArgs({
    options: {
      orm: { type: 'string', default: 'all' },
      processes: { type: 'string', default: '6' },
      increments: { type: 'string', default: '25' },
      server: { type: 'string', default: 'mysql' },
      picture: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) return null
  if (!['mysql', 'mariadb'].includes(values.server)) {
    throw new RangeError(`--server must be mysql or mariadb, got ${JSON.stringify(values.server)}`)
  }
  if (![...ORMS, 'all'].includes(values.orm)) {
    throw new RangeError(`--orm must be ${ORMS.join(', ')} or all, got ${JSON.stringify(values.orm)}`)
  }
  return {
    orms: values.orm === 'all' ? ORMS : [values.orm],
    processes: integer('processes', values.processes, 2, 32),
    increments: integer('increments', values.increments, 1, 1_000),
    server: values.server,
    picture: values.picture === undefined ? null : resolve(values.picture),
  }
}

function integer(name, text, least, most) {
  const value = Number(text)
  if (/^\d+$/.test(text) && value >= least && value <= most) return value
  throw new RangeError(`--${name} must be a whole number from ${least} to ${most}, got ${JSON.stringify(text)}`)
}
