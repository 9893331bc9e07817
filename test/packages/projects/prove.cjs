'use strict'
// A real lock of each adapter: two instances, as two processes would have them, that nobody keeps apart but the lock.
const assert = require('node:assert/strict')
const { openers } = require('./openers.cjs')
const { proveCommands } = require('./prove-commands.cjs')
const { proveSpans } = require('./prove-spans.cjs')

/** How many callers of each instance add 1 to the same row. */
const CALLERS = 5

/** Where nobody else is, only a fault makes anybody wait for longer than that. */
const PATIENCE_MS = 20_000

/** Of a package of ours, when it is the innermost file in a stack that is none of Node's own. */
const OURS = /node_modules\/(?:@ormutex\/|ormutex\/)/

/**
 * Proves one after the other, and prints a line of JSON for each.
 *
 * @param load `require`, or `import()`
 * @param names whose; from the command line
 */
async function proveAll(load, names = process.argv.slice(2)) {
  const warnings = []
  process.on('warning', ({ name, message, stack = '' }) => {
    // Node 22.12 takes ES modules with require(), and says that this is new.
    if (name === 'ExperimentalWarning' && message.includes('require()')) return
    const innermost = stack.split('\n').find((line) => line.includes('/') && !line.includes('node:'))
    if (innermost !== undefined && OURS.test(innermost)) warnings.push(message)
  })
  for (const name of names) {
    let fault = null
    try {
      if (name === 'opentelemetry') await proveSpans(load)
      else if (name === 'command line') proveCommands()
      else await prove(await openers[name](load, process.env.DATABASE_URL), name)
    } catch (error) {
      fault = error.stack
    }
    // Warnings are told of in a turn of their own.
    await new Promise((resolve) => setImmediate(resolve))
    console.log(JSON.stringify({ name, fault, warnings: warnings.splice(0) }))
  }
}

async function prove({ open, OrmutexError }, name) {
  const [one, other] = [open(), open()]
  try {
    const increments = [one, other].flatMap(({ locks, read, write }) =>
      Array.from({ length: CALLERS }, () =>
        locks.withNamedLock(name, async (tx) => write(tx, name, (await read(tx, name)) + 1), {
          timeoutMs: PATIENCE_MS,
        }),
      ),
    )
    await Promise.all(increments)
    const total = await one.locks.withNamedLock(name, (tx) => one.read(tx, name))
    assert.equal(total, 2 * CALLERS)

    const lock = await one.locks.acquireNamedLock(name)
    assert.equal((await other.locks.namedLockHolder(name)).sessionId, lock.sessionId)
    const attempt = await other.locks.tryWithNamedLock(name, () => assert.fail('Two have the lock'))
    assert.equal(attempt.acquired, false)
    await assert.rejects(
      other.locks.withNamedLock(name, () => assert.fail('Two have the lock'), { timeoutMs: 50 }),
      (error) => error instanceof OrmutexError && error.code === 'LOCK_TIMEOUT',
    )
    await lock.release()
    assert.equal(await other.locks.namedLockHolder(name), null)
  } finally {
    await Promise.all([one.close(), other.close()])
  }
}

module.exports = { proveAll }
