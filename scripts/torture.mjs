// npm run torture: the locks of every adapter while servers, networks and processes die; and whether wrong ones would be caught.
import { randomInt } from 'node:crypto'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { runCommand } from './lib/command.mjs'
import { progressLine } from './lib/progress-line.mjs'
import { paint, run, say } from './lib/steps.mjs'
import { bin, root } from './lib/workspace.mjs'

const HELP = `npm run torture -- [options]

Several processes share locks, and write under them, while the server, the network and the processes die in every way. Then the history
of what every call did is held against the database. Ends with 1 when a promise was broken, or when too little has happened.

  --seconds <5 to 3600>    how long each run lasts, at least (default 60); one that lacks a fault goes on for longer
  --seed <number>          what the calls and the faults are made from (default: a fresh one, printed)
  --seeds <1 to 1000>      how many runs, with one seed after the other (default 1)
  --adapter <name,...>     knex, sequelize, prisma, mysql2, or all (default all)
  --server <name>          mysql, mariadb or all, one after the other (default all)
  --schedule <file>        run a schedule again that an earlier run has written
  --out <folder>           keep schedule and history of every run there; else only those of failed runs are kept
  --judge <folder>         run nothing, and judge what an earlier --out has kept
  --mutants [name,...]     torture wrong libraries instead, all or some, until each is caught
  --write                  write the figures, or the table of mutants, into docs/reliability.md
  --help                   print this

Examples:

  npm run torture
  npm run torture -- --seconds 60 --seed 7 --adapter knex --server mysql
  npm run torture -- --seeds 20 --out kept
  npm run torture -- --judge kept --write
  npm run torture -- --mutants --write
  npm run torture -- --mutants=release-before-commit,null-is-granted`

const ADAPTERS = ['knex', 'sequelize', 'prisma', 'mysql2']
const SERVERS = ['mysql', 'mariadb']
const PAGE = join(root, 'docs', 'reliability.md')

/** Of the mutants, unless told: with an odd one nobody asks for locks in another order, so that no deadlock is possible. */
const SEED_OF_MUTANTS = 11

await runCommand(HELP, parseOptions, async ({ mutants, ...options }, signal) => {
  const { runMutants, runTorture } = await import('../test/torture/dist/main.js')
  const line = progressLine()
  const screen = {
    paint,
    say: (text) => line.clear(() => say(text)),
    progress: (text) => line.show(text),
  }
  const isGood =
    mutants === null
      ? await runTorture({ ...options, signal }, screen)
      : await runMutants(mutants, { ...options, signal }, screen)
  line.clear(() => {})
  if (options.page !== null) await run(bin('oxfmt'), [options.page], { cwd: root })
  process.exitCode = isGood ? 0 : 1
})

/** Answers null when it was asked for help. */
function parseOptions() {
  const { values } = parseArgs({
    args: process.argv.slice(2).map((arg) => (arg === '--mutants' ? '--mutants=' : arg)),
    options: {
      seconds: { type: 'string', default: '60' },
      seed: { type: 'string' },
      seeds: { type: 'string', default: '1' },
      adapter: { type: 'string', default: 'all' },
      server: { type: 'string', default: 'all' },
      schedule: { type: 'string' },
      out: { type: 'string' },
      judge: { type: 'string' },
      mutants: { type: 'string' },
      write: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) return null
  const mutants = values.mutants === undefined ? null : values.mutants.split(',').filter((id) => id !== '')
  const freshSeed = mutants === null ? randomInt(1_000_000) : SEED_OF_MUTANTS
  return {
    seconds: integer('seconds', values.seconds, 5, 3_600),
    seed: values.seed === undefined ? freshSeed : integer('seed', values.seed, 0, Number.MAX_SAFE_INTEGER),
    seeds: integer('seeds', values.seeds, 1, 1_000),
    adapters: some('adapter', values.adapter, ADAPTERS),
    servers: some('server', values.server, SERVERS),
    schedule: values.schedule === undefined ? null : resolve(values.schedule),
    out: values.out === undefined ? null : resolve(values.out),
    judge: values.judge === undefined ? null : resolve(values.judge),
    mutants,
    page: values.write ? PAGE : null,
  }
}

function some(name, text, known) {
  const names = text === 'all' ? known : text.split(',')
  if (names.every((one) => known.includes(one))) return [...new Set(names)]
  throw new RangeError(`--${name} must be all or some of ${known.join(', ')}, got ${JSON.stringify(text)}`)
}

function integer(name, text, least, most) {
  const value = Number(text)
  if (/^\d+$/.test(text) && value >= least && value <= most) return value
  throw new RangeError(`--${name} must be a whole number from ${least} to ${most}, got ${JSON.stringify(text)}`)
}
