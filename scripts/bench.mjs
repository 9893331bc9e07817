// npm run bench: ormutex, what one would write by hand, and other packages, side by side on real servers.
import { join, relative, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { runCommand } from './lib/command.mjs'
import { paint, run, say, step } from './lib/steps.mjs'
import { bin, root } from './lib/workspace.mjs'

const HELP = `npm run bench -- [options]

Measures everything side by side, prints the figures and writes docs/benchmarks.md with its charts.

  --rounds <1 to 100>      how often everybody is measured (default 5; with --quick 1)
  --seconds <0.1 to 60>    how long each time (default 1; with --quick 0.5)
  --only <name,...>        some of the scenarios: contended, contended-transaction, hand-over, uncontended, acquire,
                           waiters, held, beside (default all)
  --server <name>          mariadb or mysql (default mariadb)
  --quick                  a first impression in a few minutes; writes no page
  --write                  write the page although --quick or --only was given
  --out <folder>           where to write the page (default docs), whatever else is given
  --json <file>            write the figures of every round, too
  --help                   print this

Examples:

  npm run bench
  npm run bench -- --quick
  npm run bench -- --only hand-over,uncontended --rounds 9
  npm run bench -- --server mysql --out mysql-results --json mysql-results/rounds.json`

const SCENARIOS = [
  'contended',
  'contended-transaction',
  'hand-over',
  'uncontended',
  'acquire',
  'waiters',
  'held',
  'beside',
]

/** How the kinds of numbers are written. */
const WRITTEN = { 'a number': /^\d+(?:\.\d+)?$/, 'a whole number': /^\d+$/ }

await runCommand(HELP, parseOptions, async (options, signal) => {
  const { runBench } = await import('../test/bench/dist/main.js')
  await runBench({ ...options, signal }, { step, paint })
  if (options.out === null) return
  const file = join(options.out, 'benchmarks.md')
  await run(bin('oxfmt'), [file], { cwd: root })
  say(`Written to ${relative(process.cwd(), file)}`)
})

/** Answers null when it was asked for help. */
function parseOptions() {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string' },
      seconds: { type: 'string' },
      only: { type: 'string' },
      server: { type: 'string', default: 'mariadb' },
      quick: { type: 'boolean', default: false },
      write: { type: 'boolean', default: false },
      out: { type: 'string' },
      json: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) return null
  if (!['mysql', 'mariadb'].includes(values.server)) {
    throw new RangeError(`--server must be mysql or mariadb, got ${JSON.stringify(values.server)}`)
  }
  const only = values.only?.split(',') ?? null
  for (const name of only ?? []) {
    if (!SCENARIOS.includes(name)) {
      throw new RangeError(`--only must be some of ${SCENARIOS.join(', ')}, got ${JSON.stringify(name)}`)
    }
  }
  // Figures of a part, or of a moment, are not to take the place of those of a whole run by themselves.
  const isPageWanted = values.write || values.out !== undefined || !(values.quick || only)
  return {
    rounds: number('rounds', values.rounds ?? (values.quick ? '1' : '5'), 1, 100, 'a whole number'),
    seconds: number('seconds', values.seconds ?? (values.quick ? '0.5' : '1'), 0.1, 60, 'a number'),
    only,
    server: values.server,
    isQuick: values.quick,
    out: isPageWanted ? resolve(values.out ?? join(root, 'docs')) : null,
    json: values.json === undefined ? null : resolve(values.json),
  }
}

function number(name, text, least, most, kind) {
  const value = Number(text)
  if (WRITTEN[kind].test(text) && value >= least && value <= most) return value
  throw new RangeError(`--${name} must be ${kind} from ${least} to ${most}, got ${JSON.stringify(text)}`)
}
