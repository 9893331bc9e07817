import assert from 'node:assert/strict'
import { LockTimeoutError, systemClock } from '@ormutex/core'
import { memoryLocks, MemoryServer } from '@ormutex/core/memory'

const OWN = /this process has it itself, session \d+ \([^)]+, for \d+ ms\)/
const ADVICE = '. If the caller itself acquired it before, that lock has to be released first'

async function messageOf(call: Promise<unknown>): Promise<string> {
  const error: unknown = await call.then(
    () => assert.fail('granted'),
    (thrown: unknown) => thrown,
  )
  assert.ok(error instanceof LockTimeoutError, String(error))
  return error.message
}

/** Runs a test with a transaction of a source under a lock of its own. */
async function during<T>(locks: ReturnType<typeof memoryLocks>, name: string, test: () => Promise<T>): Promise<T> {
  let begin!: () => void
  let end!: () => void
  const begun = new Promise<void>((resolve) => (begin = resolve))
  const ended = new Promise<void>((resolve) => (end = resolve))
  const running = locks.withNamedLock(name, async () => {
    begin()
    await ended
  })
  await begun
  try {
    return await test()
  } finally {
    end()
    await running
  }
}

describe('a refusal', () => {
  const open = (server = new MemoryServer(systemClock)) => memoryLocks({ server })

  it('says that it is a lock of this very process, and what to do if it is the caller that has it', async () => {
    const locks = open()
    const held = await locks.acquireNamedLock('a')
    for (const timeoutMs of [0, 20]) {
      const options = { timeoutMs }
      for (const call of [
        locks.withNamedLock('a', () => {}, options),
        locks.acquireNamedLock('a', options),
        locks.acquireNamedLock(['0', 'a'], options),
        locks.withNamedLock('b', (transaction) => locks.joined(transaction).withNamedLock('a', () => {}, options)),
      ]) {
        const message = await messageOf(call)
        assert.match(message, OWN)
        assert.ok(message.endsWith(ADVICE), message)
      }
    }
    await held.release()
  })

  it('gives no such advice for the lock of a transaction, inside which the caller would have been told at once', async () => {
    const locks = open()
    await during(locks, 'a', async () => {
      for (const timeoutMs of [0, 20]) {
        const message = await messageOf(locks.acquireNamedLock('a', { timeoutMs }))
        assert.match(message, OWN)
        assert.ok(!message.includes(ADVICE), message)
      }
    })
  })

  it('says nothing of the kind when it is a lock of another process', async () => {
    const server = new MemoryServer(systemClock)
    const [ours, theirs] = [open(server), open(server)]
    const held = await theirs.acquireNamedLock('a')
    for (const timeoutMs of [0, 20]) {
      const message = await messageOf(ours.acquireNamedLock('a', { timeoutMs }))
      assert.match(message, /: session \d+ \([^)]+\) has it$/)
    }
    await held.release()
  })
})
