import assert from 'node:assert/strict'
import * as core from '@ormutex/core'
import {
  describeDuration,
  isOrmutexError,
  LockLostError,
  LockTimeoutError,
  OrmutexError,
  type OrmutexErrorCode,
} from '@ormutex/core'
import { memoryLocks, MemoryServer } from '@ormutex/core/memory'

describe('isOrmutexError', () => {
  it('knows each of the classes, also those of another copy of the package', () => {
    const classes = Object.values(core).filter(
      (exported): exported is typeof LockLostError =>
        typeof exported === 'function' && exported.prototype instanceof OrmutexError,
    )
    assert.equal(classes.length, 9)
    for (const OneOfThem of classes) {
      const own = new OneOfThem('', { reason: 'taken', holder: null } as ErrorOptions)
      assert.ok(isOrmutexError(own), OneOfThem.name)
      const { code, retryable } = own
      assert.ok(isOrmutexError(Object.assign(new Error('of a copy'), { code, retryable })), OneOfThem.name)
    }
  })

  it('takes nothing else for one', () => {
    const others = [
      undefined,
      null,
      'LOCK_TIMEOUT',
      { code: 'LOCK_TIMEOUT' },
      Object.assign(new Error(), { code: 'LOCK_TIMEOUT' }),
    ]
    for (const other of [...others, { code: 'toString', retryable: false }]) assert.equal(isOrmutexError(other), false)
  })

  it('lets the code tell which', () => {
    const error: unknown = new LockTimeoutError('', { reason: 'pool', holder: null })
    assert.ok(isOrmutexError(error) && error.code === 'LOCK_TIMEOUT')
    // Compiles since the code has narrowed it.
    assert.equal(error.reason, 'pool')
  })

  it('is not needed for that where instanceof holds', () => {
    const error: unknown = new LockTimeoutError('', { reason: 'pool', holder: null })
    assert.ok(error instanceof OrmutexError && error.code === 'LOCK_TIMEOUT')
    assert.equal(error.reason, 'pool')
    const same: unknown = error
    assert.ok(same instanceof LockTimeoutError && !(same instanceof LockLostError))
    assert.equal(same.holder, null)
    assert.equal(Object.hasOwn(OrmutexError, Symbol.hasInstance), false)
  })
})

/** The functions of this file in the stack of what a call rejects with. */
async function callersOf(call: () => Promise<unknown>, code: OrmutexErrorCode): Promise<string[]> {
  const error = await call().then(
    () => undefined,
    (reason: unknown) => reason,
  )
  assert.ok(isOrmutexError(error) && error.code === code)
  const { stack = '' } = error
  assert.ok(stack.startsWith(`${error.name}: ${error.message}\n`))
  return Array.from(stack.matchAll(/at (?:async )?(\w+) \(.*errors\.test\.js/g), ([, name]) => name!)
}

describe('the stack of an error', () => {
  const forEver = new Promise<never>(() => {})
  const { stackTraceLimit } = Error
  // Node's own, which mocha raises.
  before(() => (Error.stackTraceLimit = 10))
  after(() => (Error.stackTraceLimit = stackTraceLimit))
  const server = new MemoryServer(core.systemClock)
  const locks = memoryLocks({ namespace: '', server })
  const others = memoryLocks({ namespace: '', server })

  it('leads to who waited in vain, at the server or in the queue of the process', async () => {
    await using _ = await locks.acquireNamedLock('a')
    const atTheServer = async (): Promise<number> => await others.withNamedLock('a', () => 1, { timeoutMs: 1 })
    assert.ok((await callersOf(atTheServer, 'LOCK_TIMEOUT')).includes('atTheServer'))
    const inTheQueue = async (): Promise<number> => await locks.withNamedLock('a', () => 1, { timeoutMs: 1 })
    assert.ok((await callersOf(inTheQueue, 'LOCK_TIMEOUT')).includes('inTheQueue'))
  })

  it('leads to who waited in vain in a transaction', async () => {
    await using _ = await locks.acquireNamedLock('a')
    const waited = (): Promise<number> =>
      others.transaction(async function inTransaction(transaction) {
        return await others.joined(transaction).withNamedLock('a', () => 1, { timeoutMs: 1 })
      })
    assert.ok((await callersOf(waited, 'LOCK_TIMEOUT')).includes('inTransaction'))
  })

  it('leads to who asked again inside its own callback', async () => {
    const again = async (): Promise<number> => await locks.withNamedLock('b', () => 1)
    const inner = (): Promise<number> => locks.withNamedLock('b', again)
    assert.ok((await callersOf(inner, 'LOCK_REENTRY')).includes('again'))
  })

  it('leads to who held a lock for too long, or lost it', async () => {
    const heldTooLong = async (): Promise<void> => await locks.withNamedLock('c', () => forEver, { holdTimeoutMs: 1 })
    assert.ok((await callersOf(heldTooLong, 'HOLD_TIMEOUT')).includes('heldTooLong'))
    const lostIt = async (): Promise<void> =>
      await locks.withNamedLock('d', (_, lock) => {
        setImmediate(() => server.endSession(lock.sessionId))
        return forEver
      })
    assert.ok((await callersOf(lostIt, 'LOCK_LOST')).includes('lostIt'))
  })

  it('leads to who lost a lock that had joined a transaction', async () => {
    const joined = async (): Promise<void> =>
      await locks.transaction(
        async (transaction) =>
          await locks.joined(transaction).withNamedLock('e', (_, lock) => {
            setImmediate(() => server.endSession(lock.sessionId))
            return forEver
          }),
      )
    assert.ok((await callersOf(joined, 'LOCK_LOST')).includes('joined'))
  })

  it('of a callback is left as it is', async () => {
    const error = new LockLostError('of another lock')
    const { stack } = error
    const call = locks.withNamedLock('f', () => Promise.reject(error))
    await assert.rejects(call, (same) => same === error)
    assert.equal(error.stack, stack)
  })
})

describe('describeDuration', () => {
  const MINUTE = 60_000
  const cases: readonly (readonly [number, string])[] = [
    [0, '0 ms'],
    [350.4, '350 ms'],
    [1_234, '1.2 s'],
    [2 * MINUTE - 100, '119.9 s'],
    [2 * MINUTE, '2 min'],
    [90 * MINUTE, '90 min'],
    [180 * MINUTE, '3.0 h'],
    [47.5 * 60 * MINUTE, '47.5 h'],
    [60 * 60 * MINUTE, '2.5 days'],
  ]
  for (const [ms, text] of cases) it(`says ${text}`, () => assert.equal(describeDuration(ms), text))
})
