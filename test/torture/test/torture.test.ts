import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ADAPTERS, runMutants } from '@ormutex-test/torture'
import { planSchedule } from '@ormutex-test/torture/coordinator/schedule'
import { run } from '@ormutex-test/torture/coordinator/run'
import { judge } from '@ormutex-test/torture/judge'

const SECONDS = 45

/** A run that has not met every fault by then goes on for a while; then the calls end. */
const LONGEST_MS = 300_000

const silent = { say: () => {}, progress: () => {}, paint: (_: string, text: string) => text }

describe('Torture', () => {
  it(`finds no promise broken on a fresh seed in ${SECONDS} s`, async function () {
    this.timeout(LONGEST_MS)
    const seed = randomInt(1_000_000)
    const server = seed % 4 < 2 ? 'mariadb' : 'mysql'
    console.log(`      npm run torture -- --seed ${seed} --server ${server} --seconds ${SECONDS}`)
    const folder = mkdtempSync(join(tmpdir(), `ormutex-torture-${seed}-`))
    const schedule = planSchedule({ seed, server, adapters: ADAPTERS, seconds: SECONDS })
    const { signal } = new AbortController()
    await run({ schedule, folder, signal, onProgress: () => {} })
    const { violations } = await judge(folder)
    assert.deepEqual(violations, [], `The history is in ${folder}`)
    rmSync(folder, { recursive: true })
  })

  it('catches a library that releases before COMMIT', async function () {
    this.timeout(60_000)
    const options = { seed: 11, page: null, signal: new AbortController().signal }
    assert.ok(await runMutants(['release-before-commit'], options, silent))
  })
})
