import { readdirSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { runMocha } from './mocha-run.mjs'
import { say } from './steps.mjs'
import { root } from './workspace.mjs'

/** Conformance suites mostly wait, for locks and for time to pass; with more lanes than this the machine itself would make them late. */
const LANES = Math.min(availableParallelism(), 4)

/** Start many processes of their own: nothing that measures how long something takes runs beside them. */
const CROWDED = ['test/torture', 'packages/cli']

/** How often it is said what is running, in milliseconds. */
const HEARTBEAT_MS = 30_000

/** Runs every test, several processes side by side, each with servers of its own; answers what they come to. */
export async function runEveryTest() {
  const jobs = jobsByLength()
  const crowded = jobs.filter(({ name }) => CROWDED.includes(name))
  const suites = jobs.filter(({ isSuite }) => isSuite)
  const others = jobs.filter((job) => !job.isSuite && !crowded.includes(job))
  const running = new Set()
  const total = { passed: 0, failed: 0 }
  let left = jobs.length
  const lane = async (queue) => {
    for (let job = queue.shift(); job !== undefined; job = queue.shift()) {
      left -= 1
      running.add(job.name)
      const startedAt = performance.now()
      let output = ''
      const counts = await runMocha(job.files, (text) => (output += text))
      running.delete(job.name)
      const seconds = Math.round((performance.now() - startedAt) / 1_000)
      say(`${job.name}: ${counts.passed} passed, ${counts.failed} failed in ${seconds} s, ${left} to begin`)
      process.stdout.write(output)
      total.passed += counts.passed
      total.failed += counts.failed
    }
  }
  const inLanes = (queue, lanes) => Array.from({ length: lanes }, () => lane(queue))
  const heartbeat = setInterval(() => say(`Still testing: ${[...running].join(', ')}`), HEARTBEAT_MS)
  try {
    await Promise.all(inLanes(crowded, LANES))
    await Promise.all([...inLanes(suites, LANES), lane(others)])
  } finally {
    clearInterval(heartbeat)
  }
  return total
}

/** One for each conformance suite and one for the rest of each package, those with many files first. */
function jobsByLength() {
  const jobs = ['packages', 'test'].flatMap((group) =>
    readdirSync(join(root, group)).flatMap((name) => jobsOf(join(group, name))),
  )
  return jobs.toSorted((a, b) => b.files.length - a.files.length)
}

function jobsOf(folder) {
  const files = testFilesIn(join(folder, 'dist-test'))
  const suites = files.filter((file) => file.endsWith('conformance.test.js'))
  const rest = files.filter((file) => !suites.includes(file))
  return [
    ...suites.map((file) => ({ name: file, files: [file], isSuite: true })),
    ...(rest.length > 0 ? [{ name: folder, files: rest, isSuite: false }] : []),
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
