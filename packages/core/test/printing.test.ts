import assert from 'node:assert/strict'
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
})
