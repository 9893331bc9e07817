import { readdirSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { runMocha } from './mocha-run.mjs'
import { say } from './steps.mjs'
import { root } from './workspace.mjs'

/** Tests mostly wait, for locks and for time to pass; with more lanes than this the machine itself would make them late. */
const LANES = Math.min(availableParallelism(), 4)

/** How often it is said what is running, in milliseconds. */
const HEARTBEAT_MS = 30_000

/** Runs every test, several processes side by side, each with servers of its own; answers what they come to. */
export async function runEveryTest() {
  const jobs = jobsByLength()
  const running = new Set()
  const total = { passed: 0, failed: 0 }
  const heartbeat = setInterval(() => say(`Still testing: ${[...running].join(', ')}`), HEARTBEAT_MS)
  const lane = async () => {
    for (let job = jobs.shift(); job !== undefined; job = jobs.shift()) {
      running.add(job.name)
      const startedAt = performance.now()
      let output = ''
      const counts = await runMocha(job.files, (text) => (output += text))
      running.delete(job.name)
      const seconds = Math.round((performance.now() - startedAt) / 1_000)
      say(`${job.name}: ${counts.passed} passed, ${counts.failed} failed in ${seconds} s, ${jobs.length} to begin`)
      process.stdout.write(output)
      total.passed += counts.passed
      total.failed += counts.failed
    }
  }
  try {
    await Promise.all(Array.from({ length: LANES }, lane))
  } finally {
    clearInterval(heartbeat)
  }
  return total
}

/** A conformance suite takes as long as so many other test files. */
const SUITE_LENGTH = 10

/** One for each conformance suite and one for the rest of each package, long ones first: so that no lane ends long after the others. */
function jobsByLength() {
  const jobs = ['packages', 'test'].flatMap((group) =>
    readdirSync(join(root, group)).flatMap((name) => jobsOf(join(group, name))),
  )
  return jobs.toSorted((a, b) => b.length - a.length)
}

function jobsOf(folder) {
  const files = testFilesIn(join(folder, 'dist-test'))
  const suites = files.filter((file) => file.endsWith('conformance.test.js'))
  const rest = files.filter((file) => !suites.includes(file))
  return [
    ...suites.map((file) => ({ name: file, files: [file], length: SUITE_LENGTH })),
    ...(rest.length > 0 ? [{ name: folder, files: rest, length: rest.length }] : []),
  ]
}

function testFilesIn(folder) {
  try {
    const files = readdirSync(join(root, folder), { recursive: true })
    return files.filter((file) => file.endsWith('.test.js')).map((file) => join(folder, file))
  } catch {
    return []
  }
}
