import assert from 'node:assert/strict'
import { memoryLocks } from '@ormutex/core/memory'

type Wrong = readonly [what: string, options: unknown, error: typeof TypeError | typeof RangeError, message: RegExp]

const WRONG_CALL_OPTIONS: readonly Wrong[] = [
  [
    'a timeout that is NaN',
    { timeoutMs: Number.NaN },
    TypeError,
    /timeoutMs must be a number of milliseconds, got NaN/,
  ],
  ['a negative timeout', { timeoutMs: -1 }, RangeError, /timeoutMs must be 0 or more milliseconds, got -1/],
  [
    'a timeout as a string',
    { timeoutMs: '300' },
    TypeError,
    /timeoutMs must be a number of milliseconds, got a string/,
  ],
  ['a timeout of null', { timeoutMs: null }, TypeError, /timeoutMs must be a number of milliseconds, got null/],
  ['a hold timeout of 0', { holdTimeoutMs: 0 }, RangeError, /holdTimeoutMs must be more than 0/],
  ['a negative keep-alive', { keepAliveMs: -5 }, RangeError, /keepAliveMs must be 0 or more/],
  ['half a second as orphan timeout', { orphanTimeoutMs: 500 }, RangeError, /orphanTimeoutMs must be 1000 or more/],
  ['broken seconds as orphan timeout', { orphanTimeoutMs: 1_500 }, RangeError, /orphanTimeoutMs must be whole seconds/],
  ['exactName as a string', { exactName: 'yes' }, TypeError, /exactName must be true or false/],
  ['a signal that is none', { signal: {} }, TypeError, /signal must be an AbortSignal, got an object/],
  ['a misspelt option', { timeout: 300 }, TypeError, /Unknown option "timeout"; expected one of timeoutMs, /],
  ['options that are a number', 300, TypeError, /options must be an object, got 300/],
  ['options that are null', null, TypeError, /options must be an object, got null/],
]

const WRONG_SETTINGS: readonly Wrong[] = [
  ['a namespace that is no string', { namespace: 5 }, TypeError, /namespace must be a string, got 5/],
  ['a namespace with NUL', { namespace: 'a\0b' }, TypeError, /namespace must not hold a NUL/],
  ['a namespace with half a surrogate pair', { namespace: '\ud800' }, TypeError, /namespace must be well-formed/],
  [
    'a namespace that was forgotten',
    { namespace: undefined },
    TypeError,
    /^namespace is given as undefined: .*not set\?/,
  ],
  ['a secret that was forgotten', { secret: undefined }, TypeError, /^secret is given as undefined: .*not set\?/],
  ['an empty secret', { secret: '' }, TypeError, /secret must be a non-empty string or Uint8Array/],
  ['no waiters at all', { maxWaiters: 0 }, RangeError, /maxWaiters must be a whole number of 1 or more, got 0/],
  ['a hand-over before it begins', { handOverMs: -1 }, RangeError, /handOverMs must be 0 or more milliseconds, got -1/],
  ['a hand-over without end', { handOverMs: Infinity }, RangeError, /handOverMs must be 60000 milliseconds or less/],
  [
    'a permission that is neither given nor not',
    { allowNodeLocalLocks: 'yes' },
    TypeError,
    /allowNodeLocalLocks must be true or false, got a string/,
  ],
  ['half a waiter', { maxWaiters: 1.5 }, RangeError, /maxWaiters must be a whole number/],
  ['an empty label', { label: '' }, RangeError, /label must have 1 to 64 characters/],
  ['a label of two lines', { label: 'a\nb' }, TypeError, /label must not hold control characters, line breaks/],
  ['a label that turns the writing round', { label: '\u202ea' }, TypeError, /label must not hold control characters/],
  ['a label that is too long', { label: 'a'.repeat(65) }, RangeError, /label must have 1 to 64 characters, got 65/],
  ['a default that is wrong', { defaults: { timeoutMs: -1 } }, RangeError, /timeoutMs must be 0 or more/],
  ['a signal among the defaults', { defaults: { signal: AbortSignal.abort() } }, TypeError, /Unknown default "signal"/],
  ['a misspelt setting', { nameSpace: 'shop' }, TypeError, /Unknown option "nameSpace"/],
]

describe('options', () => {
  const locks = memoryLocks()

  for (const [what, options, kind, message] of WRONG_CALL_OPTIONS) {
    it(`refuses ${what}`, async () => {
      const matches = (error: unknown): boolean => error instanceof kind && message.test(error.message)
      await assert.rejects(locks.acquireNamedLock('a', options as object), matches)
      await assert.rejects(
        locks.withNamedLock('a', () => 1, options as object),
        matches,
      )
    })
  }

  for (const [what, settings, kind, message] of WRONG_SETTINGS) {
    it(`refuses ${what} as a setting`, () => {
      assert.throws(
        () => memoryLocks(settings as object),
        (error) => error instanceof kind && message.test(error.message),
      )
    })
  }

  it('takes allowNodeLocalLocks for locks in memory, which have one node at any rate', async () => {
    await (await memoryLocks({ allowNodeLocalLocks: true }).acquireNamedLock('a')).release()
  })

  it('never quotes a string that it refuses, which may be a secret in the wrong place', async () => {
    await assert.rejects(
      locks.acquireNamedLock('a', { timeoutMs: 'hunter2' as never }),
      (error: Error) => !error.message.includes('hunter2'),
    )
    assert.throws(
      () => memoryLocks({ maxWaiters: 'hunter2' as never }),
      (error: Error) => !error.message.includes('hunter2'),
    )
  })

  it('takes the defaults of the source, and the call before them', async () => {
    const short = memoryLocks({ defaults: { timeoutMs: 20 } })
    const held = await short.acquireNamedLock('a')
    await assert.rejects(short.acquireNamedLock('a'), { code: 'LOCK_TIMEOUT', message: /within 20 ms/ })
    await assert.rejects(short.acquireNamedLock('a', { timeoutMs: 40 }), {
      code: 'LOCK_TIMEOUT',
      message: /within 40 ms/,
    })
    await held.release()
  })

  it('takes no transaction options where no transaction is begun', async () => {
    await assert.rejects(locks.acquireNamedLock('a', { isolationLevel: 'SERIALIZABLE' } as object), /Unknown option/)
  })
})
