import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { inspect } from 'node:util'
import { LockTimeoutError } from '@ormutex/core'
import { memoryLocks } from '@ormutex/core/memory'

describe('what console.log prints', () => {
  it('of a lock is what its documentation names, and nothing of what is behind it', async () => {
    const locks = memoryLocks({ namespace: 'shop' })
    await using lock = await locks.acquireNamedLock('user:42')
    const { name, key, sessionId, token, waitedMs, signal } = lock
    const printed = `Lock ${inspect({ name, key, sessionId, token, waitedMs, signal })}`
    assert.equal(inspect(lock), printed)
    await locks.withNamedLock(['a', 'b'], (_, held) => {
      assert.match(inspect(held), /^Lock \{\n {2}name: \[ 'a', 'b' \],/)
      assert.deepEqual(Object.keys(held), ['name', 'key', 'sessionId', 'token', 'waitedMs'])
    })
  })

  it('is what JSON.stringify makes of a lock, too, but for its signal', async () => {
    const locks = memoryLocks({ namespace: 'shop' })
    await using lock = await locks.acquireNamedLock('user:42')
    const { name, key, sessionId, token, waitedMs } = lock
    const expected = { name, key, sessionId, token: String(token), waitedMs }
    assert.deepEqual(JSON.parse(JSON.stringify(lock)), expected)
    await locks.withNamedLock(['a', 'b'], (_, held) => {
      const { lock: ofTransaction } = JSON.parse(JSON.stringify({ lock: held })) as { lock: typeof expected }
      assert.deepEqual([ofTransaction.name, ofTransaction.token], [['a', 'b'], String(held.token)])
    })
  })

  it('of a time is whole milliseconds', async () => {
    const locks = memoryLocks()
    const held = await locks.acquireNamedLock('a')
    const waiting = locks.acquireNamedLock('a')
    await sleep(12)
    const { heldMs } = (await locks.namedLockHolder('a'))!
    assert.ok(Number.isInteger(heldMs) && heldMs! >= 10, String(heldMs))
    await held.release()
    await using lock = await waiting
    assert.ok(Number.isInteger(lock.waitedMs) && lock.waitedMs >= 10, String(lock.waitedMs))
  })

  it('of an error is what it says of the holder, but no statement, which may hold values', () => {
    const holder = { sessionId: '12', label: 'web-1:4711', statement: "SELECT 'secret'" }
    const error = new LockTimeoutError('The lock "a" is taken', { reason: 'taken', holder })
    assert.match(inspect(error, { depth: null }), /holder: \{ sessionId: '12', label: 'web-1:4711' \}/)
    assert.doesNotMatch(inspect(error, { depth: null }) + JSON.stringify(error), /secret/)
    assert.equal(error.holder?.statement, "SELECT 'secret'")
  })

  it('of a source is its methods', () => {
    const printed = inspect(memoryLocks({ secret: 's3cret' }), { depth: null })
    assert.match(printed, /withNamedLock: \[AsyncFunction/)
    assert.doesNotMatch(printed, /s3cret|LockEngine/)
  })

  it('of a name that somebody typed is what a terminal can have', async () => {
    const locks = memoryLocks()
    const name = 'user:\u009b2J\u202e\n"'
    await using _ = await locks.acquireNamedLock(name)
    const title = String.raw`The lock "user:\u{9b}2J\u{202e}\n\""`
    await assert.rejects(
      locks.withNamedLock(name, () => {}, { timeoutMs: 0 }),
      (error: Error) => error.message.startsWith(`${title} is taken`),
    )
  })
})
