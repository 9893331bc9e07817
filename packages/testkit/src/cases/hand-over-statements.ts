import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { delay } from '../fault-proxy/index.js'
import { isLocked } from '../server-view.js'
import type { Suite } from '../suite.js'
import { IN_LINE_MS, LONG } from '../support/hand-over.js'
import { purposesOf } from '../support/purpose.js'
import { rejection } from '../support/rejection.js'

/** What a hand-over saves, statement by statement. */
export function handOverStatementCases<Tx>(suite: Suite<Tx>): void {
  if (!suite.capabilities.server || !suite.capabilities.direct) return
  suite.describe('statements of a hand-over', () => {
    suite.it('without a transaction are none', async (stage) => {
      const subject = await stage.open({ through: 'faults', namedLocks: LONG })
      const { proxy } = stage.environment
      const name = stage.name()
      const held = await subject.locks.acquireNamedLock(name)
      const calls = Array.from({ length: 50 }, async () => (await subject.locks.acquireNamedLock(name)).release())
      await sleep(IN_LINE_MS)
      proxy.clear()
      await held.release()
      await Promise.all(calls)
      assert.deepEqual(purposesOf(proxy.statements), ['RELEASE_LOCK'])
    })

    suite.it('between transactions of one kind are one COMMIT AND CHAIN', async (stage) => {
      const subject = await stage.open({ through: 'faults', namedLocks: LONG })
      const { proxy } = stage.environment
      const name = stage.name()
      await subject.locks.withNamedLock(name, () => {})
      proxy.clear()
      const call = (): Promise<unknown> =>
        subject.locks.withNamedLock(name, (transaction) => subject.query(transaction, 'SELECT 1'))
      await Promise.all([call(), call(), call()])
      assert.deepEqual(purposesOf(proxy.statements), [
        'GET_LOCK',
        'BEGIN',
        'SELECT 1',
        'COMMIT AND CHAIN',
        'SELECT 1',
        'COMMIT AND CHAIN',
        'SELECT 1',
        'COMMIT',
        'RELEASE_LOCK',
      ])
      assert.equal(new Set(proxy.statements.map(({ connection }) => connection)).size, 1)
    })

    suite.it(
      'between transactions of two kinds are COMMIT and BEGIN, also when one gave up in between',
      async (stage) => {
        const subject = await stage.open({ through: 'faults', namedLocks: LONG })
        const { proxy } = stage.environment
        const name = stage.name()
        const call = (level: 'READ COMMITTED' | 'REPEATABLE READ', signal?: AbortSignal): Promise<unknown> =>
          subject.locks.withNamedLock(name, () => {}, { ...subject.isolation(level), ...(signal && { signal }) })
        const isBetween = (sent: string): boolean => /COMMIT|ROLLBACK|BEGIN/.test(sent) && !sent.includes('SET')
        await call('READ COMMITTED')
        proxy.clear()
        await Promise.all([call('READ COMMITTED'), call('REPEATABLE READ')])
        assert.deepEqual(purposesOf(proxy.statements).filter(isBetween), ['BEGIN', 'COMMIT', 'BEGIN', 'COMMIT'])
        proxy.clear()
        const commit = stage.on(/^\s*COMMIT/i, delay(100))
        const controller = new AbortController()
        const first = call('READ COMMITTED')
        const second = rejection(call('READ COMMITTED', controller.signal))
        const third = call('REPEATABLE READ')
        await commit.hit()
        controller.abort(new Error('given up'))
        await Promise.all([first, second, third])
        assert.deepEqual(purposesOf(proxy.statements).filter(isBetween), [
          'BEGIN',
          'COMMIT AND CHAIN',
          'ROLLBACK',
          'BEGIN',
          'COMMIT',
        ])
      },
    )

    suite.it('after a rollback are that and a BEGIN', async (stage) => {
      const subject = await stage.open({ through: 'faults', namedLocks: LONG })
      const { proxy } = stage.environment
      const name = stage.name()
      await subject.locks.withNamedLock(name, () => {})
      proxy.clear()
      const failing = subject.locks.withNamedLock(name, () => Promise.reject(new Error('thrown')))
      await Promise.all([rejection(failing), subject.locks.withNamedLock(name, () => {})])
      assert.deepEqual(purposesOf(proxy.statements), [
        'GET_LOCK',
        'BEGIN',
        'ROLLBACK',
        'BEGIN',
        'COMMIT',
        'RELEASE_LOCK',
      ])
    })

    suite.it('to one that gives up meanwhile end the transaction that was begun for it', async (stage) => {
      const subject = await stage.open({ through: 'faults', namedLocks: LONG })
      const { proxy } = stage.environment
      const name = stage.name()
      await subject.locks.withNamedLock(name, () => {})
      proxy.clear()
      const commit = stage.on(/^\s*COMMIT/i, delay(100))
      const controller = new AbortController()
      const first = subject.locks.withNamedLock(name, () => {})
      const second = rejection(subject.locks.withNamedLock(name, () => {}, { signal: controller.signal }))
      await commit.hit()
      controller.abort(new Error('given up'))
      await Promise.all([first, second])
      await stage.assertWhole(subject, 5)
      const sent = purposesOf(proxy.statements.filter(({ sql }) => sql !== 'SELECT 1'))
      assert.deepEqual(sent.slice(0, 3), ['GET_LOCK', 'BEGIN', 'COMMIT AND CHAIN'])
      assert.deepEqual(new Set(sent.slice(3, 5)), new Set(['RELEASE_LOCK', 'ROLLBACK']))
      assert.equal(await isLocked(stage.environment, stage.keyOf(name)), false)
    })
  })
}
