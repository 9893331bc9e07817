import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { PID_FILE } from '@ormutex-test/servers/guardian-protocol'
import { silent } from '@ormutex-test/servers/log'
import { HOST, ownedName, sweepOwned } from '@ormutex-test/servers/owned-directory'
import { withSharedLock } from '@ormutex-test/servers/shared-lock'

async function deadPid(): Promise<number> {
  const child = spawn(process.execPath, ['--version'], { stdio: 'ignore' })
  await once(child, 'exit')
  return child.pid ?? assert.fail('node does not start')
}

describe('work that several processes share', () => {
  let folder = ''
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'ormutex-lock-'))
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  it('is done by one at a time', async () => {
    const file = join(folder, 'lock')
    let running = 0
    let most = 0
    const work = async () => {
      running += 1
      most = Math.max(most, running)
      await sleep(20)
      running -= 1
    }
    await Promise.all(Array.from({ length: 5 }, () => withSharedLock(file, silent, work)))
    assert.equal(most, 1)
    assert.equal(existsSync(file), false)
  })

  it('goes on when its owner has died', async () => {
    const file = join(folder, 'lock')
    writeFileSync(file, JSON.stringify({ host: HOST, pid: await deadPid() }))
    assert.equal(await withSharedLock(file, silent, async () => 'done'), 'done')
  })

  it('waits for an owner that lives', async () => {
    const file = join(folder, 'lock')
    writeFileSync(file, JSON.stringify({ host: HOST, pid: process.pid }))
    let isDone = false
    const waiting = withSharedLock(file, silent, async () => {
      isDone = true
    })
    await sleep(300)
    assert.equal(isDone, false)
    rmSync(file)
    await waiting
    assert.equal(isDone, true)
  })

  it('leaves nothing of owners that have died, and everything of the others', async () => {
    const dead = ownedName('test', await deadPid())
    const kept = [ownedName('test', process.pid), dead.replace(HOST, `${HOST}x`), 'exp', `${dead}.backup`]
    for (const name of [dead, ...kept]) writeFileSync(join(folder, name), '')
    await sweepOwned(folder)
    assert.deepEqual(
      [dead, ...kept].filter((name) => existsSync(join(folder, name))),
      kept,
    )
  })

  it('ends the server of an owner that has died, and no other process that has got its pid', async () => {
    const leave = async (workingDirectory: (directory: string) => string) => {
      const directory = join(folder, ownedName('test', await deadPid()))
      mkdirSync(directory)
      const child = spawn('sleep', ['60'], { cwd: workingDirectory(directory), stdio: 'ignore' })
      writeFileSync(join(directory, PID_FILE), String(child.pid))
      return child
    }
    const left = await leave((directory) => directory)
    const other = await leave(() => folder)
    const exit = once(left, 'exit')
    await sweepOwned(folder)
    assert.deepEqual(await exit, [null, 'SIGKILL'])
    assert.equal(other.exitCode ?? other.signalCode, null)
    other.kill('SIGKILL')
  })
})
