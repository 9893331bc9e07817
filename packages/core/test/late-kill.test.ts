import assert from 'node:assert/strict'
import { LockEngine } from '@ormutex/core'
import { type Row, SqlBackend } from '@ormutex/core/sql'
import { scriptedSource } from './scripted-source.js'
import { settle } from './fake-clock.js'

/** A promise with its handles outside. */
function deferred<T>() {
  let resolve!: (value: T) => void
  const promise = new Promise<T>((settled) => {
    resolve = settled
  })
  return { promise, resolve }
}

describe('a KILL QUERY that crosses with the grant it was meant to prevent', () => {
  // Measured under load on MySQL: it ended the RELEASE_LOCK that followed the grant, and the lock stayed on the connection.
  it('has arrived before the lock is given back, so that it cannot hit the statement that does', async () => {
    const grant = deferred<readonly Row[]>()
    const kill = deferred<readonly Row[]>()
    const statements: string[] = []
    const source = scriptedSource({
      query: async (_, sql) => {
        statements.push(sql.replace(/^SELECT (?:\/\*.*?\*\/ )?(\w+)\(.*/, '$1'))
        if (sql.startsWith('SHOW VARIABLES')) return [{ Variable_name: 'version', Value: '8.4.0' }]
        if (sql.startsWith('SELECT ID')) return [{ ID: 7 }]
        if (sql.startsWith('KILL QUERY')) {
          grant.resolve([{ granted: 1, session_id: 7, token: '1', read_only: 0 }])
          return kill.promise
        }
        if (sql.includes('RELEASE_LOCK')) return [{ released_0: 1 }]
        return sql.includes(' GET_LOCK(') ? grant.promise : [{}]
      },
      sever: () => assert.fail('the connection of the transaction was closed'),
    })
    const engine = new LockEngine(new SqlBackend(source, undefined), { namespace: '' })
    const controller = new AbortController()
    const call = engine.withJoinedLock({}, 'a', () => assert.fail('ran'), { signal: controller.signal })
    const outcome = call.catch((error: Error) => error.message)
    await settle()
    controller.abort(new Error('turned away'))
    await settle()
    assert.equal(statements.at(-1), 'KILL QUERY 7')
    kill.resolve([])
    assert.equal(await outcome, 'turned away')
    await settle()
    assert.equal(statements.at(-1), 'RELEASE_LOCK')
  })
})

describe('a wait that is given up while one before it, given up too, is still at the server', () => {
  it('is not asked for any more when its turn comes', async () => {
    const grant = deferred<readonly Row[]>()
    const asked: string[] = []
    const source = scriptedSource({
      query: async (_, sql) => {
        if (sql.startsWith('SHOW VARIABLES')) return [{ Variable_name: 'version', Value: '8.4.0' }]
        // Nobody comes to end the first one.
        if (sql.startsWith('SELECT ID')) return []
        if (!sql.includes(' GET_LOCK(')) return [{}]
        asked.push(/'(\w)~/.exec(sql)![1]!)
        return grant.promise
      },
      sever: () => assert.fail('the connection of the transaction was closed'),
    })
    const engine = new LockEngine(new SqlBackend(source, undefined), { namespace: '' })
    const transaction = {}
    const giveUp = async (name: string): Promise<void> => {
      const controller = new AbortController()
      const call = engine.withJoinedLock(transaction, name, () => assert.fail('ran'), { signal: controller.signal })
      const outcome = call.catch((error: Error) => error.message)
      await settle()
      controller.abort(new Error('turned away'))
      assert.equal(await outcome, 'turned away')
    }
    await giveUp('a')
    await giveUp('b')
    grant.resolve([{ granted: 0, session_id: 7, token: '1', read_only: 0 }])
    await settle()
    assert.deepEqual(asked, ['a'])
  })
})
