import assert from 'node:assert/strict'
import { endOf, TransactionEnds } from '@ormutex/core/sql'

describe('what ends a transaction', () => {
  const statements: readonly (readonly [sql: string, how: 'commit' | 'rollback' | null])[] = [
    ['COMMIT', 'commit'],
    ['  commit;', 'commit'],
    ['COMMIT AND CHAIN', 'commit'],
    ['/* by the ORM */ COMMIT', 'commit'],
    ['-- why\nCOMMIT', 'commit'],
    ['# why\n  ROLLBACK', 'rollback'],
    ['ROLLBACK', 'rollback'],
    ['rollback work;', 'rollback'],
    ['ROLLBACK TO SAVEPOINT a', null],
    ['rollback to `a`;', null],
    ['ROLLBACK WORK TO a', null],
    ['ROLLBACK /* partly */ TO SAVEPOINT a', null],
    ['RELEASE SAVEPOINT a', null],
    ['SELECT 1 -- COMMIT', null],
    ['committed', null],
    ['', null],
  ]
  for (const [sql, how] of statements) {
    it(`is told by ${JSON.stringify(sql)}: ${how}`, () => assert.equal(endOf(sql), how))
  }
})

describe('the end of a transaction that somebody has locks in', () => {
  /** A connection, and in what order things happen to it. */
  function watched(ending: () => Promise<void> = async () => {}): {
    readonly happened: string[]
    readonly end: (how: 'commit' | 'rollback', send: () => Promise<string>) => Promise<string>
    readonly isAwaited: () => boolean
  } {
    const happened: string[] = []
    const connection = {}
    const ends = new TransactionEnds<object>({
      sever: () => void happened.push('severed'),
      driverErrorOf: (error) => (error as Error).cause ?? error,
    })
    ends.onEnd(connection, {
      ending: () => (happened.push('ending'), ending()),
      ended: async () => void happened.push('ended'),
    })
    return {
      happened,
      end: (how, send) => ends.end(connection, how, () => (happened.push('sent'), send()), 'nothing'),
      isAwaited: () => ends.isAwaited(connection),
    }
  }

  it('is told before it is sent, and once when it was answered', async () => {
    const { happened, end, isAwaited } = watched()
    assert.equal(await end('commit', async () => 'answer'), 'answer')
    assert.deepEqual(happened, ['ending', 'sent', 'ended'])
    assert.equal(isAwaited(), false)
    assert.equal(await end('rollback', async () => 'again'), 'again')
    assert.deepEqual(happened, ['ending', 'sent', 'ended', 'sent'])
  })

  it('costs a connection whose COMMIT fails, and rejects with that', async () => {
    const { happened, end } = watched()
    const refused = Object.assign(new Error('refused'), { errno: 1180 })
    await assert.rejects(
      end('commit', () => Promise.reject(refused)),
      (error) => error === refused,
    )
    assert.deepEqual(happened, ['ending', 'sent', 'severed', 'ended'])
  })

  it('is reached by a ROLLBACK that finds the connection dead', async () => {
    const { happened, end } = watched()
    const lost = new Error("the ORM's", { cause: { code: 'PROTOCOL_CONNECTION_LOST', fatal: true } })
    assert.equal(await end('rollback', () => Promise.reject(lost)), 'nothing')
    assert.deepEqual(happened, ['ending', 'sent', 'severed', 'ended'])
  })

  it('is not sent when what is asked for in the transaction cannot be given up: the connection is', async () => {
    const stuck = new Error('stuck')
    for (const how of ['commit', 'rollback'] as const) {
      const { happened, end, isAwaited } = watched(() => Promise.reject(stuck))
      const call = end(how, async () => assert.fail('sent'))
      if (how === 'commit') await assert.rejects(call, (error) => error === stuck)
      else assert.equal(await call, 'nothing')
      assert.deepEqual(happened, ['ending', 'severed', 'ended'])
      assert.equal(isAwaited(), false)
    }
  })
})
