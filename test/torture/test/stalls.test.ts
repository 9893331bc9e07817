import assert from 'node:assert/strict'
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const PROGRAM = fileURLToPath(new URL('fixtures/stalling.js', import.meta.url))

/** What a process that watches itself has told by the time that it answers. */
async function toldBy(
  child: ChildProcess,
  order: string,
): Promise<{ readonly stalls: number[]; readonly idleMs: number }> {
  child.send(order)
  const [answer] = await once(child, 'message')
  return answer as { stalls: number[]; idleMs: number }
}

describe('the stalls of a worker', () => {
  let child: ChildProcess
  beforeEach(async () => {
    child = fork(PROGRAM)
    await toldBy(child, 'wait')
  })
  afterEach(() => child.kill('SIGKILL'))

  it('are told when it runs again, with how long they took', async () => {
    child.kill('SIGSTOP')
    await sleep(400)
    child.kill('SIGCONT')
    const { stalls } = await toldBy(child, 'wait')
    assert.ok(Math.max(...stalls) >= 300, `told: ${stalls.join(', ')}`)
  })

  it('are no excuse for an event loop that is kept busy', async () => {
    const { stalls, idleMs } = await toldBy(child, 'be busy')
    const toldMs = stalls.reduce((sum, ms) => sum + ms, 0)
    assert.ok(toldMs <= idleMs, `told ${toldMs} ms, though it was idle for ${idleMs} ms`)
  })
})
