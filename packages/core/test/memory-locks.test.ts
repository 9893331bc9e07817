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

describe('memoryLocks as an ORM has them', () => {
  const given: object[] = []
  const open = () => {
    given.length = 0
    return memoryLocks<object, { connection?: object | undefined; isolationLevel?: string; readOnly?: boolean }>({
      join: { option: 'connection' },
      transactionOptions: ['isolationLevel', 'readOnly'],
      transaction: (work, options) => {
        given.push(options)
        return work({})
      },
    })
  }

  it('joins the transaction that the option names, of a callback or of transaction()', async () => {
    const locks = open()
    for (const begin of [
      (work: (tx: object) => Promise<void>) => locks.withNamedLock('a', work),
      (work: (tx: object) => Promise<void>) => locks.transaction(work),
    ]) {
      await begin(async (connection) => {
        const value = await locks.withNamedLock('b', (tx) => tx === connection, { connection, timeoutMs: 0 })
        assert.equal(value, true)
        const again = await locks.tryWithNamedLock('b', () => 'in it', { connection })
        assert.deepEqual(again, { acquired: true, value: 'in it' })
        assert.notEqual(await locks.namedLockHolder('b'), null)
      })
      assert.equal(await locks.namedLockHolder('b'), null)
      assert.equal(given.length, 1)
      given.length = 0
    }
  })

  it('joins the current transaction without the option', async () => {
    let current: object | undefined
    const locks = memoryLocks({ join: { option: 'transaction', current: () => current } })
    await locks.transaction(async (transaction) => {
      current = transaction
      await locks.withNamedLock('a', (tx) => assert.equal(tx, transaction))
      assert.notEqual(await locks.namedLockHolder('a'), null)
      current = undefined
      await locks.withNamedLock('b', (tx) => assert.notEqual(tx, transaction))
      assert.equal(await locks.namedLockHolder('b'), null)
    })
  })

  it('hands the options of a transaction to what runs it', async () => {
    const locks = open()
    await locks.withNamedLock('a', () => {}, { isolationLevel: 'whatever', readOnly: true, timeoutMs: 5_000 })
    await locks.withNamedLock('a', () => {})
    await locks.transaction(async () => {}, { isolationLevel: 'of it' })
    await locks.transaction(async () => {})
    assert.deepEqual(given, [{ isolationLevel: 'whatever', readOnly: true }, {}, { isolationLevel: 'of it' }, {}])
  })

  it('refuses what the ORM refuses', async () => {
    const locks = open()
    const call = (options: object): Promise<void> => locks.withNamedLock('a', () => {}, options)
    const misspelt = /^TypeError: Unknown option "isolationLvl"; .*, connection, isolationLevel, readOnly$/
    await assert.rejects(call({ isolationLvl: 'x' }), misspelt)
    await assert.rejects(call({ transaction: {} }), /^TypeError: Unknown option "transaction"/)
    await assert.rejects(call({ connection: undefined }), { code: 'LOCK_NO_TRANSACTION' })
    await assert.rejects(call({ connection: 'hunter2' }), /^TypeError: connection must be an object, got a string$/)
    await assert.rejects(locks.acquireNamedLock('a', { readOnly: true } as object), /^TypeError: Unknown option/)
    assert.deepEqual(given, [])
    await locks.transaction(async (connection) => {
      const late = call({ connection, readOnly: true })
      await assert.rejects(late, /^TypeError: readOnly is for a transaction that is still to begin/)
    })
  })

  it('refuses a transaction that has ended, and one that it did not begin', async () => {
    const locks = open()
    let ended!: object
    await locks.transaction(async (connection) => void (ended = connection))
    for (const connection of [ended, {}]) {
      await assert.rejects(
        locks.withNamedLock('a', () => {}, { connection }),
        (error: Error & { code?: string }) => error.code === 'LOCK_FAILED' && /did not begin it/.test(error.message),
      )
    }
  })

  it('says who asks in its own callback how to join', async () => {
    const [option, method] = [open(), memoryLocks()]
    const again = (locks: typeof option | typeof method): Promise<unknown> =>
      locks.withNamedLock('a', () => locks.withNamedLock('a', () => {}))
    await assert.rejects(again(option), /withNamedLock\(…, \{ connection \}\)/)
    await assert.rejects(again(method), /joined\(transaction\)\.withNamedLock\(…\)/)
  })
})

describe('memoryLocks with what is no transaction', () => {
  const asHanded = 'A transaction, as memoryLocks({ transaction: (work) => work(…) }) hands it over, must be an object'

  for (const [value, got] of [
    [1, '1'],
    [undefined, 'undefined'],
    [null, 'null'],
    ['hunter2', 'a string'],
  ] as const) {
    it(`says what was expected where ${got} is handed over`, async () => {
      const locks = memoryLocks({ transaction: (work) => work(value as never) })
      const expected = { name: 'TypeError', message: `${asHanded}, got ${got}` }
      let ran = false
      await assert.rejects(
        locks.withNamedLock('a', () => (ran = true)),
        expected,
      )
      await assert.rejects(
        locks.transaction(async () => (ran = true)),
        expected,
      )
      await assert.rejects(
        locks.joined(value as never).withNamedLock('a', () => (ran = true)),
        expected,
      )
      assert.equal(ran, false)
      assert.deepEqual(await locks.listNamedLocks(), [])
    })
  }

  it('takes a function, which a transaction of Knex is', async () => {
    const trx = (): string => 'a query'
    const locks = memoryLocks({ transaction: (work) => work(trx) })
    assert.equal(await locks.withNamedLock('a', (tx) => tx()), 'a query')
  })

  it('begins none by hand', async () => {
    const call = memoryLocks().transaction(undefined as never)
    await assert.rejects(
      call,
      /^TypeError: transaction\(\) of memoryLocks\(\) needs .*, got undefined: none is begun by hand$/,
    )
  })

  for (const [options, message] of [
    [{ transaction: {} }, 'transaction must be a function that runs a transaction, got an object'],
    [{ transactionOptions: 'readOnly' }, 'transactionOptions must be an array of names, got a string'],
    [{ transactionOptions: [1] }, 'transactionOptions must be an array of names, got an array of 1'],
    [{ join: 'transaction' }, "join must be an object such as { option: 'transaction' }, got a string"],
    [{ join: null }, "join must be an object such as { option: 'transaction' }, got null"],
  ] as const) {
    it(`says of ${JSON.stringify(options)} what was expected`, () => {
      assert.throws(() => memoryLocks(options as object), { name: 'TypeError', message })
    })
  }
})
