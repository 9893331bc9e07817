import { readdirSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { runMocha } from './mocha-run.mjs'
import { say } from './steps.mjs'
import { workspaceFolders } from './workspace-folders.mjs'
import { root } from './workspace.mjs'

/** Tests that measure times mostly wait; with more lanes of them than this the machine itself would make them late. */
const LANES = Math.min(availableParallelism(), 4)

/** Measure times besides the conformance suites. */
const TIMED = ['packages/prisma']

/** Start many processes of their own: nothing that measures times runs beside them. */
const CROWDED = ['test/torture', 'packages/cli', 'test/packages', 'examples']

/** How often it is said what is running, in milliseconds. */
const HEARTBEAT_MS = 30_000

/** Runs every test, several processes side by side, each with servers of its own; answers what they come to, as `runMocha` does. */
export async function runEveryTest() {
  const jobs = jobsByLength()
  const crowded = jobs.filter(({ name }) => CROWDED.includes(name))
  const timed = jobs.filter(({ isSuite, name }) => isSuite || TIMED.includes(name))
  const others = jobs.filter((job) => !timed.includes(job) && !crowded.includes(job))
  const running = new Set()
  const total = { passed: 0, failures: [] }
  let left = jobs.length
  const lane = async (queue) => {
    for (let job = queue.shift(); job !== undefined; job = queue.shift()) {
      left -= 1
      running.add(job.name)
      const startedAt = performance.now()
      let output = ''
      const { passed, failures } = await runMocha(job.files, (text) => (output += text))
      running.delete(job.name)
      const seconds = Math.round((performance.now() - startedAt) / 1_000)
      say(`${job.name}: ${passed} passed, ${failures.length} failed in ${seconds} s, ${left} to begin`)
      process.stdout.write(output)
      total.passed += passed
      total.failures.push(...failures.map((failure) => `${job.name}: ${failure}`))
    }
  }
  const inLanes = (queue, lanes) => Array.from({ length: lanes }, () => lane(queue))
  const heartbeat = setInterval(() => say(`Still testing: ${[...running].join(', ')}`), HEARTBEAT_MS)
  try {
    await Promise.all(inLanes(crowded, LANES))
    // Nothing is left then that would make them late but each other: for that there is room for one more.
    const further = lane(others).then(() => lane(timed))
    await Promise.all([...inLanes(timed, LANES), further])
  } finally {
    clearInterval(heartbeat)
  }
  return total
}

/** One for each conformance suite and each load test, and one for the rest of each package; those with many files first. */
function jobsByLength() {
  const jobs = workspaceFolders(root).flatMap(jobsOf)
  return jobs.toSorted((a, b) => b.files.length - a.files.length)
}

function jobsOf(folder) {
  const files = testFilesIn(join(folder, 'dist-test'))
  const isSuite = (file) => file.endsWith('conformance.test.js')
  const isAlone = (file) => isSuite(file) || file.endsWith('.load.test.js')
  const rest = files.filter((file) => !isAlone(file))
  return [
    ...files.filter(isAlone).map((file) => ({ name: file, files: [file], isSuite: isSuite(file) })),
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
