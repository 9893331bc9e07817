import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { barsIn, panelsOf } from './picture-reader.js'

const DEMO = fileURLToPath(new URL('../../../scripts/demo.mjs', import.meta.url))

async function demo(...args: string[]): Promise<{ code: number | null; output: string; errors: string }> {
  const child = spawn(process.execPath, [DEMO, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  const closed = once(child, 'close') as Promise<[number | null]>
  const [output, errors, [code]] = await Promise.all([text(child.stdout), text(child.stderr), closed])
  return { code, output, errors }
}

/**
 * That turns are drawn, and no two processes at work at once. A process that the machine has kept from running may do nothing
 * before the end of the window, and what others do has no room for its numbers then.
 */
function checkTurns(output: string, ...names: readonly string[]): void {
  const [, withLock = ''] = output.split('With the lock, ')
  const rows = names.map((name) => `  ${name}\\b.*\n`).join('')
  const drawn = new RegExp(`\n(${rows})  at once +never\n`).exec(withLock)
  assert.match(drawn?.[1] ?? '', /[█▌]/, output)
}

/** Of two numbers, each of which is rounded to tenths. */
const ROUNDING = 0.11

/** It shows the run that the numbers are of. */
function checkPicture(svg: string, balance: number): void {
  const { without, withLock } = panelsOf(svg)
  assert.ok(without.includes(`>✗ Without the lock: ${balance} of 30 kept, ${30 - balance} lost<`))
  assert.ok(withLock.includes('>✓ With the lock: 30 of 30 kept, none lost<'))
  for (const panel of [without, withLock])
    for (const name of ['1 Knex', '2 Sequelize', '3 Prisma']) assert.ok(panel.includes(`>${name}<`), name)
  assert.ok(barsIn(without, 'lost').length > 0 && barsIn(without, 'at-once').length > 0)
  assert.deepEqual([barsIn(withLock, 'lost'), barsIn(withLock, 'at-once')], [[], []])
  const turns = barsIn(withLock, 'kept').toSorted((a, b) => a.left - b.left)
  assert.ok(turns.length > 0)
  for (const [index, { left }] of turns.entries())
    assert.ok(left > (turns[index - 1]?.right ?? 0) - ROUNDING, `bar ${index}`)
}

describe('npm run demo', function () {
  this.timeout(120_000)
  this.slow(20_000)

  it('loses updates without the lock and none with it, and draws that', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'ormutex-demo-'))
    const { code, output, errors } = await demo('--processes', '3', '--increments', '10', '--picture', folder)
    assert.equal(code, 0, `${output}${errors}`)
    const row = (way: string) =>
      new RegExp(`│ ${way} +│ +3 × 10 │ +30 │ +(\\d+) │ +(\\d+) │`).exec(output)?.slice(1).map(Number)
    const [balance = 0, lost = 0] = row('without lock') ?? []
    assert.ok(lost > 0)
    assert.equal(balance, 30 - lost)
    assert.deepEqual(row('with lock'), [30, 0])
    const [without = ''] = output.split('With the lock, ')
    assert.match(without, /3 Prisma .*\n {2}at once +▲/)
    checkTurns(output, '1 Knex', '2 Sequelize', '3 Prisma')
    assert.ok(output.includes(`${lost} of 30 updates w`))
    assert.ok(!output.includes('\u001B'))
    const light = await readFile(join(folder, 'demo-light.svg'), 'utf8')
    const dark = await readFile(join(folder, 'demo-dark.svg'), 'utf8')
    await rm(folder, { recursive: true })
    for (const svg of [light, dark]) checkPicture(svg, balance)
  })

  it('runs with one ORM alone, on the other server, too', async () => {
    const { code, output, errors } = await demo('--orm', 'prisma', '--server', 'mariadb', '--processes', '2')
    assert.equal(code, 0, `${output}${errors}`)
    checkTurns(output, '1 Prisma', '2 Prisma')
  })

  it('tells of its options, and takes no others', async () => {
    const help = await demo('--help')
    assert.equal(help.code, 0)
    for (const option of ['--orm', '--processes', '--increments', '--server', '--picture', '--help'])
      assert.ok(help.output.includes(option))
    for (const [args, message] of [
      [['--wrong'], /--wrong/],
      [['more'], /more/],
      [['--processes', '1'], /--processes must be a whole number from 2 to 32, got "1"/],
      [['--increments', '1e2'], /--increments must be a whole number from 1 to 1000, got "1e2"/],
      [['--orm', 'typeorm'], /--orm must be knex, sequelize, prisma or all, got "typeorm"/],
      [['--server', 'postgres'], /--server must be mysql or mariadb, got "postgres"/],
    ] as const) {
      const { code, output, errors } = await demo(...args)
      assert.equal(code, 1)
      assert.equal(output, '')
      assert.match(errors, message)
    }
  })
})
