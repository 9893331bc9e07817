import assert from 'node:assert/strict'
import type { Suite } from '../suite.js'
import { rejection } from '../support/rejection.js'

/** Whatever can be thrown; ORMs that hang something on an error, or expect one, must not get in its way. */
const THROWN: readonly (readonly [string, unknown])[] = [
  ['an error', new Error('of the callback')],
  ['a frozen error', Object.freeze(new Error('of the callback'))],
  ['undefined', undefined],
  ['null', null],
  ['a string', 'of the callback'],
  ['an object', { of: 'the callback' }],
]

/** 2. The callback throws: ROLLBACK, release, the connection goes back, and the caller gets that same error object. */
export function callbackErrorCases<Tx>(suite: Suite<Tx>): void {
  suite.describe('a callback that throws', () => {
    for (const [what, thrown] of THROWN) {
      for (const how of ['at once', 'later'] as const) {
        suite.it(`${what} ${how}: that same one comes out, nothing is committed, the lock is free`, async (stage) => {
          const [subject, other] = [await stage.open({ poolSize: 2 }), await stage.open()]
          const [name, counter] = [stage.name(), stage.name('counter')]
          await subject.write(null, counter, 1)
          const call = subject.locks.withNamedLock(name, (transaction) => {
            if (how === 'at once') throw thrown
            return subject.write(transaction, counter, 2).then(() => {
              throw thrown
            })
          })
          assert.equal(await rejection(call), thrown)
          assert.equal(await other.read(null, counter), 1)
          const next = await other.locks.tryAcquireNamedLock(name)
          assert.ok(next !== null, 'still locked')
          await next.release()
          await stage.assertWhole(subject, 2)
        })
      }
    }

    suite.it('out of tryWithNamedLock: the same', async (stage) => {
      const subject = await stage.open()
      const thrown = new Error('of the callback')
      assert.equal(await rejection(subject.locks.tryWithNamedLock(stage.name(), () => Promise.reject(thrown))), thrown)
    })

    suite.itOnServer('what the database told it: the same', async (stage) => {
      const subject = await stage.open()
      let thrown: unknown
      const call = subject.locks.withNamedLock(stage.name(), async (transaction) => {
        try {
          await subject.query(transaction, 'SELECT * FROM there_is_no_such_table')
        } catch (error) {
          thrown = error
          throw error
        }
      })
      assert.equal(await rejection(call), thrown)
      assert.notEqual(thrown, undefined)
    })
  })
}
