import assert from 'node:assert/strict'
import type { NamedLockEntry } from '@ormutex/core'
import { until } from '@ormutex-test/servers'
import { namedLocks, type PoolLocks } from '@ormutex/mysql2'
import { createPool, type Pool } from 'mysql2/promise'
import { refusal } from './refusal.js'
import { plainAccount, serverOf, type Setup } from './servers.js'

interface Account {
  readonly user: string
  readonly password: string
}

describe('an account without privileges', () => {
  for (const setup of ['mysql', 'mariadb', 'mariadb that shows'] as const satisfies readonly Setup[]) {
    describe(`on ${setup}`, () => {
      const pools: Pool[] = []

      afterEach(() => Promise.all(pools.splice(0).map((pool) => pool.end())))

      async function locksOf({ user, password }: Account, label: string): Promise<PoolLocks> {
        const { host, port, database } = await serverOf(setup)
        const pool = createPool({ host, port, user, password, database, connectionLimit: 3 })
        pools.push(pool)
        return namedLocks(pool, { namespace: 'accounts', label })
      }

      it('sees all of a holder of its own account', async () => {
        const account = await plainAccount(await serverOf(setup))
        const [holder, watcher] = [await locksOf(account, 'web-1'), await locksOf(account, 'watcher')]
        await using lock = await holder.acquireNamedLock('user:42')
        const seen = await watcher.namedLockHolder('user:42')
        assert.equal(seen?.sessionId, lock.sessionId)
        assert.deepEqual([seen.user, seen.host], ['plain', '127.0.0.1'])
        assert.equal(seen.label, setup === 'mariadb' ? undefined : 'web-1')
      })

      it('sees which session of another account has a lock, and who of its own waits for it', async () => {
        const server = await serverOf(setup)
        const account = await plainAccount(server)
        const [holder, watcher] = [await locksOf(server, 'web-1'), await locksOf(account, 'watcher')]
        await using lock = await holder.acquireNamedLock('user:42')
        const { sessionId } = lock
        assert.deepEqual(await watcher.namedLockHolder('user:42'), { sessionId })
        const refused = await refusal(() => watcher.acquireNamedLock('user:42', { timeoutMs: 0 }))
        assert.deepEqual(refused.holder, { sessionId })
        assert.equal(refused.error.message, `The lock "user:42" is taken: session ${sessionId} has it`)
        const waiting = watcher.acquireNamedLock('user:42')
        let entry: NamedLockEntry | undefined
        await until('the wait is listed', async () => {
          entry = (await watcher.listNamedLocks()).find(({ key }) => key === lock.key)
          return entry !== undefined && entry.waiters.length > 0
        })
        assert.deepEqual(entry?.holder, { sessionId })
        const [waiter] = entry.waiters
        assert.equal(waiter?.user, 'plain')
        await lock.release()
        const granted = await waiting
        assert.equal(granted.sessionId, waiter.sessionId)
        await granted.release()
      })
    })
  }
})
