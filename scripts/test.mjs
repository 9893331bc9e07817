// npm test: everything, from a fresh clone to the closing line. Extra arguments go to mocha: npm test -- --grep LOCK_LOST,
// or npm test -- packages/knex/dist-test/destroy.test.js
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run, say, step } from './lib/steps.mjs'
import { bin, root, setUp } from './lib/workspace.mjs'

const EVERY_TEST = ['packages/*/dist-test/**/*.test.js', 'test/*/dist-test/**/*.test.js']

const counts = { passed: 0, failed: 0 }

try {
  await setUp()
  await step('Linting', async (log) => {
    await run(bin('oxlint'), ['--type-aware', '--deny-warnings'], { log, cwd: root })
    await run(bin('oxfmt'), ['--check', '.'], { log, cwd: root })
  })
  const { fetchServer } = await import('@ormutex-test/servers')
  for (const flavour of ['mysql', 'mariadb']) {
    await step(`Getting a ${flavour} server ready`, (log) => fetchServer(flavour, { log }))
  }
  await runMocha(process.argv.slice(2))
} catch (error) {
  // A step that fails before the tests, or a test runner that dies, is a failure of the run.
  console.error(error instanceof Error ? error.message : error)
  counts.failed += 1
}
console.log(`${counts.passed} passed, ${counts.failed} failed`)
process.exitCode = counts.failed === 0 && counts.passed > 0 ? 0 : 1

/** Runs the tests in a process of their own, whose end ends every server it started, and adds up what they say. */
async function runMocha(args) {
  say('Running the tests')
  const folder = mkdtempSync(join(tmpdir(), 'ormutex-test-'))
  const report = join(folder, 'counts.json')
  const files = args.some((arg) => arg.endsWith('.js')) ? [] : EVERY_TEST
  try {
    const code = await new Promise((resolve, reject) => {
      const child = spawn(bin('mocha'), [...args, ...files], {
        cwd: root,
        stdio: 'inherit',
        env: { ...process.env, ORMUTEX_TEST_REPORT: report },
      })
      child.on('error', reject)
      child.on('close', (exitCode, signal) => resolve(signal ?? exitCode))
    })
    const { passed, failed } = JSON.parse(readFileSync(report, 'utf8'))
    counts.passed += passed
    counts.failed += failed
    if (passed + failed === 0) console.error('No test was run: nothing matches')
    else if (code !== 0 && failed === 0) throw new Error(`The test runner ended with ${code} although no test failed`)
  } finally {
    rmSync(folder, { recursive: true })
  }
}
