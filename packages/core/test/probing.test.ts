import assert from 'node:assert/strict'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { LockEngine, type NamedLocksOptions } from '@ormutex/core'
import { type Row, SqlBackend, type SqlSource } from '@ormutex/core/sql'

const MYSQL = { version: '8.4.0' }

interface ScriptedConnection {
  readonly id: number
}

interface ScriptedPool {
  /** What drivers know of a connection from its greeting. */
  readonly greetedId?: (connection: ScriptedConnection) => string | undefined
  /** Before the answer of our own. */
  readonly answer?: (
    sql: string,
    connection: ScriptedConnection,
  ) => readonly Row[] | Promise<readonly Row[]> | Error | undefined
  /** How many connections there are. */
  readonly size?: number
  readonly poolSize?: number | undefined
  readonly isInTransaction?: boolean
  readonly variables?: Record<string, string>
  readonly options?: NamedLocksOptions
}

/** A server with one session for each connection, and a pool of them: for what no real one can be made to answer. */
function probed({ greetedId, answer, size = 5, poolSize, isInTransaction, variables = MYSQL, options }: ScriptedPool) {
  const statements: string[] = []
  const severed: number[] = []
  const free = Array.from({ length: size }, (_, index) => ({ id: index + 1 }))
  const holders = new Map<string, number>()
  const query = async (connection: ScriptedConnection, sql: string): Promise<readonly Row[]> => {
    statements.push(`${connection.id} ${/\w*_LOCK|SHOW \w+|DATABASE/.exec(sql)?.[0] ?? sql}`)
    const own = answer?.(sql, connection)
    if (own instanceof Error) throw own
    if (own !== undefined) return own
    if (sql.startsWith('SHOW VARIABLES'))
      return Object.entries(variables).map(([name, value]) => ({ Variable_name: name, Value: value }))
    if (sql.startsWith('SELECT DATABASE()')) return [{ current_database: 'shop', session_id: connection.id }]
    if (!sql.includes('_LOCK(')) return [{ session_id: connection.id }]
    const key = /_utf8mb4'([^']+)'/.exec(sql)?.[1] ?? ''
    if (sql.includes('IS_USED_LOCK')) return [{ holder_id: holders.get(key) ?? null, session_id: connection.id }]
    if (sql.includes('RELEASE_LOCK')) return [{ released_0: Number(holders.delete(key)) }]
    holders.set(key, connection.id)
    return [{ granted: 1, session_id: connection.id, token: '1', read_only: 0 }]
  }
  const source: SqlSource<ScriptedConnection, object, object> = {
    driver: {
      query,
      ping: async () => {},
      onLost: () => () => {},
      sever: ({ id }) => void severed.push(id),
      threadIdOf: ({ id }) => String(id),
      ...(greetedId !== undefined && { greetedIdOf: greetedId }),
    },
    poolSize,
    transactionOptions: [],
    joining: { how: 'nobody does' },
    checkTransactionOptions: () => {},
    pin: () => {
      const connection = free.shift()
      return connection === undefined ? new Promise(() => {}) : Promise.resolve(connection)
    },
    isInTransaction: () => isInTransaction === true,
    unpin: (connection) => {
      if (!severed.includes(connection.id)) free.unshift(connection)
    },
    transaction: async (_, work) => void (await work({})),
    rootOf: (transaction) => transaction,
    connectionOf: async () => ({ id: 99 }),
    onTransactionEnd: () => {},
  }
  const engine = new LockEngine(new SqlBackend(source, options), { namespace: '', ...options })
  const lockOnce = async (): Promise<string[]> => {
    statements.length = 0
    await (await engine.acquire('a', {})).release()
    return [...statements]
  }
  return { engine, statements, severed, holders, lockOnce }
}

/** What shows on one connection alone. */
const PROOF_ALONE = ['1 GET_LOCK', '1 IS_USED_LOCK', '1 IS_USED_LOCK', '1 RELEASE_LOCK']
const LOCK = ['1 GET_LOCK', '1 RELEASE_LOCK']
const FACTS = ['1 SHOW VARIABLES', '1 DATABASE']
const proofWith = (second: number) => [
  '1 GET_LOCK',
  '1 IS_USED_LOCK',
  `${second} IS_USED_LOCK`,
  '1 IS_USED_LOCK',
  '1 RELEASE_LOCK',
]
const PROOF = proofWith(2)
const unknown = { greetedId: () => undefined }

describe('what is asked before the first lock', () => {
  it('is two statements where nothing is in between, and nothing from then on', async () => {
    const { lockOnce } = probed({})
    assert.deepEqual(await lockOnce(), [...FACTS, ...LOCK])
    assert.deepEqual(await lockOnce(), LOCK)
  })

  it('is a proof on two connections where a driver does not tell, and nothing from then on', async () => {
    const { lockOnce, holders } = probed(unknown)
    assert.deepEqual(await lockOnce(), [...FACTS, ...PROOF, ...LOCK])
    assert.equal(holders.size, 0)
    assert.deepEqual(await lockOnce(), LOCK)
  })

  it('is asked of the second connection while the first asks nothing, so that a pooler may give it the session with the lock', async () => {
    const order: string[] = []
    const { lockOnce } = probed({
      ...unknown,
      answer: (sql, { id }) => {
        if (!sql.includes('IS_USED_LOCK')) return undefined
        order.push(`${id} asks`)
        if (id === 1) return undefined
        return nextTurn([{ holder_id: 1, session_id: 2 }]).finally(() => order.push('2 is answered'))
      },
    })
    await lockOnce()
    assert.deepEqual(order, ['1 asks', '2 asks', '2 is answered', '1 asks'])
  })

  it('is a proof where a driver was told something else', async () => {
    const { lockOnce } = probed({ greetedId: ({ id }) => String(id + 1_000) })
    assert.deepEqual(await lockOnce(), [...FACTS, ...PROOF, ...LOCK])
  })

  it('is proven once for all who come at the same time', async () => {
    const { engine, statements } = probed(unknown)
    const locks = await Promise.all(['a', 'b', 'c'].map((name) => engine.tryAcquire(name, {})))
    for (const lock of locks) await lock!.release()
    assert.equal(statements.filter((sql) => sql.endsWith('IS_USED_LOCK')).length, 3)
  })

  it('is proven on two connections without a transaction when it is asked in one', async () => {
    const { engine, statements } = probed(unknown)
    await engine.withJoinedLock({}, 'a', () => {}, {})
    const proving = statements.filter((sql) => /IS_USED_LOCK/.test(sql))
    assert.deepEqual(proving, ['1 IS_USED_LOCK', '2 IS_USED_LOCK', '1 IS_USED_LOCK'])
  })

  it("is what the transaction's own connection shows where another one has died unnoticed", async () => {
    const { engine, statements } = probed({
      ...unknown,
      answer: (_, { id }) =>
        id === 1 ? Object.assign(new Error('gone'), { code: 'ECONNRESET', fatal: true }) : undefined,
    })
    await engine.withJoinedLock({}, 'a', () => {}, {})
    const proving = statements.filter((sql) => /IS_USED_LOCK/.test(sql))
    assert.deepEqual(proving, ['99 IS_USED_LOCK', '99 IS_USED_LOCK'])
  })

  it('is what one connection shows where the pool has no more', async () => {
    const { lockOnce } = probed({ ...unknown, size: 1, poolSize: 1 })
    assert.deepEqual(await lockOnce(), [...FACTS, ...PROOF_ALONE, ...LOCK])
    assert.deepEqual(await lockOnce(), LOCK)
  })

  for (const [size, poolSize, times] of [
    ['of five', 5, 3],
    ['of nobody knows how many', undefined, 1],
  ] as const) {
    it(`is what one connection shows where a pool ${size} gives no other, and is tried ${times} times`, async () => {
      const { engine, statements } = probed({ ...unknown, size: 1, poolSize })
      for (let count = 0; count < 4; count += 1) await (await engine.acquire('a', { timeoutMs: 2_000 })).release()
      assert.equal(statements.filter((sql) => sql.endsWith('IS_USED_LOCK')).length, 2 * times)
    })
  }

  it('is what one connection shows where that has a transaction open all the time', async () => {
    const { engine, statements } = probed({ ...unknown, isInTransaction: true })
    for (let count = 0; count < 2; count += 1) await engine.withLock('a', () => {}, {})
    assert.deepEqual(statements, [...FACTS, ...PROOF_ALONE, ...LOCK, ...LOCK])
  })

  it('is no proof where nothing is locked', async () => {
    const { engine, statements } = probed({ ...unknown })
    await engine.holder('a')
    assert.equal(
      statements.some((sql) => sql.endsWith('GET_LOCK')),
      false,
    )
  })

  it('is proven again when the other connection failed', async () => {
    const { lockOnce } = probed({
      ...unknown,
      poolSize: 5,
      answer: (_, { id }) =>
        id === 2 ? Object.assign(new Error('gone'), { code: 'ECONNRESET', fatal: true }) : undefined,
    })
    assert.deepEqual(await lockOnce(), [...FACTS, ...PROOF, ...LOCK])
    assert.deepEqual(await lockOnce(), [...proofWith(3), ...LOCK])
    assert.deepEqual(await lockOnce(), LOCK)
  })

  it('is proven again when the other connection does not answer, which is closed, and nobody waits for it for long', async () => {
    const { lockOnce, severed } = probed({
      ...unknown,
      poolSize: 5,
      answer: (_, { id }) => (id === 2 ? new Promise(() => {}) : undefined),
    })
    assert.deepEqual(await lockOnce(), [...FACTS, ...PROOF, ...LOCK])
    assert.deepEqual(severed, [2])
    assert.deepEqual(await lockOnce(), [...proofWith(3), ...LOCK])
    assert.deepEqual(await lockOnce(), LOCK)
  })

  it('keeps the session known that a proxy has given, also after the first of several locks was given back', async () => {
    let isMoved = false
    const { engine } = probed({
      greetedId: ({ id }) => String(id + 1_000),
      answer: (sql) =>
        isMoved && sql.includes(' GET_LOCK(') ? [{ granted: 1, session_id: 42, token: '1', read_only: 0 }] : undefined,
    })
    const [first] = [await engine.acquire('a', {}), await engine.acquire('b', {})]
    await first.release()
    isMoved = true
    await assert.rejects(engine.acquire('c', {}), { code: 'LOCK_UNSUPPORTED', message: /^A proxy between/ })
  })

  for (const errno of [1305, 1046]) {
    it(`is no hindrance where the server does not know a function (${errno}), and leaves no lock`, async () => {
      const { lockOnce, holders } = probed({
        ...unknown,
        poolSize: 5,
        answer: (sql) => (sql.includes('IS_USED_LOCK') ? Object.assign(new Error('unknown'), { errno }) : undefined),
      })
      await lockOnce()
      assert.equal(holders.size, 0)
      assert.deepEqual(await lockOnce(), LOCK)
    })
  }

  it('is proven again where the server refused a question for any other reason', async () => {
    let refusals = 0
    const { lockOnce } = probed({
      ...unknown,
      poolSize: 5,
      answer: (sql) =>
        sql.includes('IS_USED_LOCK') && refusals++ === 0
          ? Object.assign(new Error('interrupted'), { errno: 1317 })
          : undefined,
    })
    await lockOnce()
    assert.deepEqual(await lockOnce(), [...PROOF, ...LOCK])
    assert.deepEqual(await lockOnce(), LOCK)
  })

  it('is proven where others are told that the lock is used, but not by whom', async () => {
    const { lockOnce } = probed({
      ...unknown,
      answer: (sql, { id }) =>
        sql.includes('IS_USED_LOCK') && id === 2 ? [{ holder_id: 42, session_id: 2 }] : undefined,
    })
    assert.deepEqual(await lockOnce(), [...FACTS, ...PROOF, ...LOCK])
  })

  const sights: readonly (readonly [what: string, id: number, row: Row])[] = [
    ['is on another session', 1, { holder_id: 1, session_id: 3 }],
    ['does not see its lock any more', 1, { holder_id: null, session_id: 1 }],
    ['shares its session with another connection', 2, { holder_id: 1, session_id: 1 }],
    ['has a lock that another connection does not see', 2, { holder_id: null, session_id: 2 }],
  ]
  for (const [what, id, row] of sights) {
    it(`shows a proxy when a connection ${what}`, async () => {
      const { engine, holders } = probed({
        ...unknown,
        answer: (sql, connection) => (sql.includes('IS_USED_LOCK') && connection.id === id ? [row] : undefined),
      })
      await assert.rejects(engine.acquire('a', {}), { code: 'LOCK_UNSUPPORTED', message: /^A proxy between/ })
      assert.equal(holders.size, 0)
    })
  }
})

describe('a wait in a transaction behind a proxy that is given up', () => {
  it('is ended by the id that the server knows its session by, and the transaction goes on', async () => {
    let endWait!: (rows: readonly Row[]) => void
    const wait = new Promise<readonly Row[]>((resolve) => (endWait = resolve))
    const ids: string[] = []
    const controller = new AbortController()
    const { engine, severed } = probed({
      greetedId: ({ id }) => String(id + 1_000),
      answer: (sql, { id }) => {
        if (sql.includes('PROCESSLIST')) return [{ ID: 99 }]
        if (sql.startsWith('KILL QUERY ')) {
          ids.push(sql.slice('KILL QUERY '.length))
          endWait([{ granted: null }])
          return []
        }
        if (id !== 99 || !sql.includes(' GET_LOCK(')) return undefined
        setImmediate(() => controller.abort(new Error('turned away')))
        return wait
      },
    })
    const call = engine.withJoinedLock({}, 'a', () => assert.fail('ran'), { signal: controller.signal })
    await assert.rejects(call, { message: 'turned away' })
    assert.deepEqual(ids, ['99'])
    assert.deepEqual(severed, [])
  })
})

describe('a node of a Galera cluster', () => {
  const cluster = { size: '1', status: 'Primary' }
  const node = (options?: NamedLocksOptions) =>
    probed({
      variables: { version: '10.11.6-MariaDB', wsrep_on: 'ON' },
      ...(options !== undefined && { options }),
      answer: (sql) =>
        sql.startsWith('SHOW STATUS')
          ? [
              { Variable_name: 'wsrep_cluster_size', Value: cluster.size },
              { Variable_name: 'wsrep_cluster_status', Value: cluster.status },
            ]
          : undefined,
    })
  const STATUS = '1 SHOW STATUS'
  afterEach(() => Object.assign(cluster, { size: '1', status: 'Primary' }))

  it('that has no company is asked by each session whether it has, and refused as soon as it does', async () => {
    const { engine, lockOnce } = node()
    assert.deepEqual(await lockOnce(), [...FACTS, STATUS, ...LOCK])
    assert.deepEqual(await lockOnce(), [STATUS, ...LOCK])
    cluster.size = '2'
    await assert.rejects(engine.acquire('a', {}), { code: 'LOCK_UNSUPPORTED', message: /2 nodes.*allowNodeLocalLocks/ })
    cluster.size = '1'
    assert.deepEqual(await lockOnce(), [STATUS, ...LOCK])
  })

  it('that has company is taken where its caller says so, as long as it is with its cluster', async () => {
    const { engine, lockOnce } = node({ allowNodeLocalLocks: true })
    cluster.size = '3'
    assert.deepEqual(await lockOnce(), [...FACTS, STATUS, ...LOCK])
    cluster.status = 'non-Primary'
    await assert.rejects(engine.acquire('a', {}), { code: 'LOCK_UNSUPPORTED', message: /cut off/ })
  })
})
