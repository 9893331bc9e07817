// npm test: everything, from a fresh clone to the closing line. Extra arguments go to mocha: npm test -- --grep LOCK_LOST,
// or npm test -- packages/knex/dist-test/destroy.test.js
import { runMocha } from './lib/mocha-run.mjs'
import { paint, run, say, step } from './lib/steps.mjs'
import { runEveryTest } from './lib/test-lanes.mjs'
import { bin, root, setUp } from './lib/workspace.mjs'

const EVERY_TEST = ['{packages/*,test/*,examples,examples/*}/dist-test/**/*.test.js']

let passed = 0
const failures = []

try {
  await setUp()
  await step('Linting', async (log) => {
    await run(bin('oxlint'), ['--type-aware', '--deny-warnings'], { log, cwd: root })
    await run(bin('oxfmt'), ['--check', '.'], { log, cwd: root })
  })
  const { fetchClusters, fetchServer } = await import('@ormutex-test/servers')
  for (const flavour of ['mysql', 'mariadb']) {
    await step(`Getting a ${flavour} server ready`, (log) => fetchServer(flavour, { log }))
  }
  await step('Getting clusters ready', (log) => fetchClusters({ log }))
  say('Running the tests')
  const args = process.argv.slice(2)
  const result = args.length === 0 ? await runEveryTest() : await runMocha([...args, ...filesFor(args)])
  passed = result.passed
  failures.push(...result.failures)
  if (passed + failures.length === 0) failures.push('No test was run: nothing matches')
} catch (error) {
  // A step that fails before the tests is a failure of the run.
  failures.push(error instanceof Error ? error.message : String(error))
}
// Once more, together: in the output of so many tests one failure is not to be found.
for (const failure of failures) console.error(`\n${paint('red', 'Failed:')} ${failure}`)
console.log(`${passed} passed, ${failures.length} failed`)
process.exitCode = failures.length === 0 ? 0 : 1

/** All, unless some are named. */
function filesFor(args) {
  return args.some((arg) => arg.endsWith('.js')) ? [] : EVERY_TEST
}
