import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { factsOf } from '@ormutex-test/bench/report/facts'
import { summary } from '@ormutex-test/bench/report/terminal'
import { writePage } from '@ormutex-test/bench/report/write-page'
import { Samples } from '@ormutex-test/bench/samples'
import { contended } from '@ormutex-test/bench/scenarios/contended'

/** As if everybody were as fast, but for ormutex on mysql2. */
function invented(): Samples {
  const samples = new Samples(contended.id)
  for (const contender of contended.contenders) {
    const isFast = contender === 'ormutex-mysql2'
    for (const variant of ['1', '8', '32']) {
      const values = { perSecond: isFast ? 150_000 : 5_000, p50: 1, p99: isFast ? 1 : 500, max: 900, leastShare: 48 }
      samples.add({ contender, variant, round: 0, values })
    }
  }
  samples.add({ contender: 'redlock', variant: '8', round: 1, values: { 'failed: ExecutionError': 3 } })
  return samples
}

const section = contended.section(invented())

const facts = factsOf({
  options: { rounds: 5, seconds: 1, isQuick: false },
  scenarios: [contended],
  machine: { processor: 'a fast one' },
  servers: { MariaDB: '10.11' },
  libraries: { node: '20.19.0' },
  storage: 'tmpfs',
  minutes: 17,
})

describe("the benchmark's page", () => {
  let folder: string
  let page: string

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ormutex-bench-'))
    await writePage(folder, [section], facts)
    page = await readFile(join(folder, 'benchmarks.md'), 'utf8')
  })

  after(() => rm(folder, { recursive: true }))

  it('shows every chart, the light one and the dark one', async () => {
    const charts = await readdir(join(folder, 'benchmarks'))
    assert.equal(charts.length, section.charts.length * 2)
    for (const chart of charts) assert.ok(page.includes(`"benchmarks/${chart}"`), chart)
  })

  it('says which targets are met and which are missed', () => {
    const row = page.split('\n').find((line) => line.includes('operations/s ÷ GET_LOCK by hand'))
    assert.match(row ?? '', /\| ≥ 15 +\| ✅ 30 +\| ❌ 1\.00 +\|/u)
    assert.match(page, /\*\*3 of 15 targets are met\*\*/)
  })

  it('counts what failed', () => {
    assert.match(page, /\| redlock +\| 5 000 .*\| 3 ExecutionError +\|/)
  })

  it('says what it was measured on, and with which settings', () => {
    for (const said of ['a fast one', '10.11', '20.19.0', 'tmpfs', '5 rounds', 'in 17 minutes', '`npm run bench`'])
      assert.ok(page.includes(said), said)
    for (const id of contended.contenders) assert.ok(!page.includes(`| ${id} `) || id.startsWith('red'), id)
  })

  it('is what the terminal shows, too', () => {
    const text = summary([section], (_style, unpainted) => unpainted)
    assert.match(text, /3 of 15 targets are met/)
    assert.match(text, /│ redlock +│ 5 000 /)
    assert.ok(!text.includes('**') && !text.includes('`'))
  })
})
