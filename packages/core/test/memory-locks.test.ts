import assert from 'node:assert/strict'
import { memoryLocks } from '@ormutex/core/memory'

describe('memoryLocks on an ORM', () => {
  it('adds the methods that take and show locks, and leaves its own transactions alone', async () => {
    const steps: string[] = []
    const orm = {
      server: 'of its own',
      async transaction<T>(work: (transaction: { insert(): void }) => Promise<T>): Promise<T> {
        steps.push('BEGIN')
        const result = await work({ insert: () => steps.push('INSERT') })
        steps.push('COMMIT')
        return result
      },
    }
    const own = { ...orm }
    const db = Object.assign(orm, memoryLocks({ transaction: (work) => orm.transaction(work) }))
    const value = await db.withNamedLock('user:42', (tx, lock) => {
      tx.insert()
      return lock.name
    })
    assert.equal(value, 'user:42')
    assert.deepEqual(steps, ['BEGIN', 'INSERT', 'COMMIT'])
    assert.deepEqual({ ...db, ...own }, { ...db })
    assert.deepEqual(Object.keys(db).toSorted(), [
      'acquireNamedLock',
      'listNamedLocks',
      'namedLockHolder',
      'server',
      'transaction',
      'tryAcquireNamedLock',
      'tryWithNamedLock',
      'withNamedLock',
    ])
  })

  it('still has what only tests need: its server, transactions without a lock, and locks that join them', async () => {
    const locks = memoryLocks({ transaction: (work) => work({ id: 7 }) })
    const id = await locks.transaction(async (tx) => {
      const locked = await locks.joined(tx).withNamedLock('a', (same) => same.id)
      assert.equal((await locks.listNamedLocks()).length, 1)
      assert.equal(locks.server.list().length, 1)
      return locked
    })
    assert.equal(id, 7)
  })
})
