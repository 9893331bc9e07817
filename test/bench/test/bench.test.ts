import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { SCENARIO_IDS } from '@ormutex-test/bench'

const BENCH = fileURLToPath(new URL('../../../scripts/bench.mjs', import.meta.url))

async function bench(...args: string[]): Promise<{ code: number | null; output: string; errors: string }> {
  const child = spawn(process.execPath, [BENCH, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  const closed = once(child, 'close') as Promise<[number | null]>
  const [output, errors, [code]] = await Promise.all([text(child.stdout), text(child.stderr), closed])
  return { code, output, errors }
}

describe('npm run bench', function () {
  this.timeout(120_000)
  this.slow(30_000)

  it('measures, and writes a page and every round', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'ormutex-bench-'))
    try {
      const json = join(folder, 'rounds.json')
      const short = ['--rounds', '1', '--seconds', '0.1', '--only', 'acquire,beside']
      const { code, output, errors } = await bench(...short, '--out', folder, '--json', json)
      assert.equal(code, 0, `${output}${errors}`)
      assert.match(output, /\d+ of \d+ targets are met/)
      const page = await readFile(join(folder, 'benchmarks.md'), 'utf8')
      assert.match(page, /^# Benchmarks\n/)
      assert.match(page, /\| Nobody else there, acquire and release: p50 ÷ by hand +\| ≤ 1\.10 +\| [✅❌] \d/u)
      assert.match(page, /tmpfs|disk/)
      const { rounds } = JSON.parse(await readFile(json, 'utf8')) as { rounds: { scenario: string }[] }
      assert.deepEqual([...new Set(rounds.map(({ scenario }) => scenario))], ['acquire', 'beside'])
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  it('tells of its options, and takes no others', async () => {
    const help = await bench('--help')
    assert.equal(help.code, 0)
    for (const option of ['--rounds', '--seconds', '--only', '--server', '--quick', '--write', '--out', '--json'])
      assert.ok(help.output.includes(option))
    for (const scenario of SCENARIO_IDS) assert.ok(help.output.includes(scenario), scenario)
    for (const [args, message] of [
      [['--wrong'], /--wrong/],
      [['more'], /more/],
      [['--rounds', '0'], /--rounds must be a whole number from 1 to 100, got "0"/],
      [['--seconds', '1e2'], /--seconds must be a number from 0\.1 to 60, got "1e2"/],
      [['--only', 'acquire,nothing'], /--only must be some of .*, got "nothing"/],
      [['--server', 'postgres'], /--server must be mysql or mariadb, got "postgres"/],
    ] as const) {
      const { code, output, errors } = await bench(...args)
      assert.equal(code, 1)
      assert.equal(output, '')
      assert.match(errors, message)
    }
  })
})
