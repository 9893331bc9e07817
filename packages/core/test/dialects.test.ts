import assert from 'node:assert/strict'
import { LockEngine, type OrmutexErrorCode } from '@ormutex/core'
import { type Row, SqlBackend } from '@ormutex/core/sql'
import { FakeClock } from './fake-clock.js'
import { scriptedSource } from './scripted-source.js'

/** What a scripted server answers to a statement. */
type Answer = readonly Row[] | Error

/** A server whose every answer is written down here: for those that no real server can be made to give. */
function scripted(answer: (sql: string) => Answer | undefined, version = '8.4.0') {
  const statements: string[] = []
  const severed: string[] = []
  const source = scriptedSource({
    query: async (_, sql) => {
      statements.push(sql)
      const own = answer(sql)
      if (own instanceof Error) throw own
      if (own !== undefined) return own
      if (sql.startsWith('SHOW VARIABLES')) return [{ Variable_name: 'version', Value: version }]
      if (sql.includes('RELEASE_LOCK')) return [{ released_0: 1 }]
      if (sql.includes('GET_LOCK')) return [{ granted: 1, session_id: 7, token: '1', read_only: 0 }]
      return [{}]
    },
    sever: () => void severed.push('severed'),
  })
  // How long the test itself takes is none of the time that the server is asked to wait.
  const clock = new FakeClock()
  const engine = new LockEngine(new SqlBackend(source, undefined, clock), { namespace: '' }, clock)
  return { engine, statements, severed, clock }
}

const answersGetLock = (row: Row) => (sql: string) => (sql.includes(' GET_LOCK(') ? [row] : undefined)
const serverError = (errno: number): Error => Object.assign(new Error(`error ${errno}`), { errno })
const mariadb = '10.11.6-MariaDB'

describe('what GET_LOCK answers', () => {
  for (const granted of [1, '1', 1n]) {
    it(`is a lock when it is ${typeof granted} 1`, async () => {
      const { engine } = scripted(
        answersGetLock({ granted, session_id: 7n, token: '102179665896013826', read_only: 0 }),
      )
      const lock = await engine.acquire('a', {})
      assert.equal(lock.sessionId, '7')
      // The server's id off, room for the count of those it is handed to on: what a signed 64-bit column takes.
      assert.equal(lock.token, BigInt.asUintN(56, 102179665896013826n) * 128n)
      assert.ok(lock.token < 2n ** 63n)
    })
  }

  for (const granted of [0, '0', 0n]) {
    it(`is a refusal when it is ${typeof granted} 0`, async () => {
      const { engine } = scripted(answersGetLock({ granted, session_id: 7, token: '1', read_only: 0 }))
      assert.equal(await engine.tryAcquire('a', {}), null)
    })
  }

  for (const granted of [null, undefined, 2, -1, 'yes', true, {}]) {
    it(`is LOCK_FAILED when it is ${JSON.stringify(granted)}, and the session is not used again`, async () => {
      const { engine, severed } = scripted(
        answersGetLock({ granted, session_id: 7, token: '1', read_only: 0 }),
        mariadb,
      )
      await assert.rejects(engine.acquire('a', {}), { code: 'LOCK_FAILED' })
      assert.equal(severed.length, 1)
    })
  }

  it('names sessions as text, which TiDB counts beyond what a number can hold', async () => {
    // The driver was greeted with the low half.
    const sessionId = 2n ** 60n + 7n
    const of = (grantedId: unknown) =>
      scripted((sql) => {
        if (sql.startsWith('SELECT DATABASE()')) return [{ session_id: String(sessionId) }]
        return sql.includes(' GET_LOCK(')
          ? [{ granted: 1, session_id: grantedId, token: '1', read_only: 0 }]
          : undefined
      })
    const { engine, statements } = of(String(sessionId))
    assert.equal((await engine.acquire('a', {})).sessionId, String(sessionId))
    const rounded = of(Number(sessionId))
    await assert.rejects(rounded.engine.acquire('a', {}), {
      code: 'LOCK_FAILED',
      message: /without naming the session/,
    })
    const asking = statements.filter((sql) => sql.includes('CONNECTION_ID()'))
    assert.ok(asking.length > 1)
    for (const sql of asking) assert.match(sql, /CONVERT\(CONNECTION_ID\(\) USING utf8mb4\) AS session_id/)
  })

  it('is LOCK_FAILED when there is no row, or a grant without a token', async () => {
    await assert.rejects(scripted((sql) => (sql.includes(' GET_LOCK(') ? [] : undefined)).engine.acquire('a', {}), {
      code: 'LOCK_FAILED',
    })
    await assert.rejects(scripted(answersGetLock({ granted: 1, session_id: 7 })).engine.acquire('a', {}), {
      code: 'LOCK_FAILED',
    })
  })

  const errors: readonly (readonly [server: string, version: string, errno: number, code: OrmutexErrorCode])[] = [
    ['MySQL', '8.4.0', 3058, 'LOCK_DEADLOCK'],
    ['MySQL', '8.4.0', 1317, 'LOCK_FAILED'],
    ['MySQL', '8.4.0', 4163, 'LOCK_FAILED'],
    ['MariaDB', mariadb, 1213, 'LOCK_DEADLOCK'],
    ['MariaDB', mariadb, 1317, 'LOCK_FAILED'],
    ['MariaDB', mariadb, 1969, 'LOCK_FAILED'],
  ]
  for (const [server, version, errno, code] of errors) {
    it(`is ${code} for error ${errno} of ${server}, with the server's error as its cause`, async () => {
      const cause = serverError(errno)
      const { engine, clock } = scripted((sql) => (sql.includes(' GET_LOCK(') ? cause : undefined), version)
      const rejected = assert.rejects(engine.acquire('a', {}), { code, cause })
      // A deadlock is tried again, after pauses.
      await clock.pass(1_000)
      await rejected
    })
  }

  it('is told where the server refuses RELEASE_LOCK, too, and the session is not used again', async () => {
    const refused = (what: string) => Object.assign(new Error(`prohibits use of ${what}`), { errno: 1105 })
    const { engine, severed } = scripted((sql) => {
      if (sql.includes('RELEASE_LOCK')) return refused('RELEASE_LOCK')
      return sql.includes(' GET_LOCK(') ? refused('GET_LOCK') : undefined
    })
    await assert.rejects(engine.acquire('a', {}), { code: 'LOCK_FAILED', cause: refused('GET_LOCK') })
    assert.equal(severed.length, 1)
  })

  it('is a refusal for error 3024 of MySQL, and what may have been granted in the last moment is released', async () => {
    const { engine, statements } = scripted((sql) => (sql.includes(' GET_LOCK(') ? serverError(3024) : undefined))
    await assert.rejects(engine.acquire('a', { timeoutMs: 5 }), { code: 'LOCK_TIMEOUT' })
    assert.match(statements.find((sql) => sql.includes('RELEASE_LOCK')) ?? '', /RELEASE_LOCK\(_utf8mb4'a~/)
  })

  it('never trusts a connection whose driver gave up on the answer', async () => {
    const gaveUp = Object.assign(new Error('Query inactivity timeout'), { code: 'PROTOCOL_SEQUENCE_TIMEOUT' })
    const { engine, severed } = scripted((sql) => (sql.includes(' GET_LOCK(') ? gaveUp : undefined))
    await assert.rejects(engine.acquire('a', {}), { code: 'LOCK_FAILED', cause: gaveUp })
    assert.equal(severed.length, 1)
  })
})

describe('what a server says of itself with a grant', () => {
  /** The first grant as ever, the second one as told; both of them from the connection of the driver, number 7. */
  const second = async (row: Row, version?: string) => {
    let grants = 0
    const { engine, statements, severed } = scripted((sql) => {
      if (!sql.includes(' GET_LOCK(')) return undefined
      grants += 1
      return [{ granted: 1, session_id: 7, token: '1', read_only: 0, ...(grants > 1 && row) }]
    }, version)
    await (await engine.acquire('a', {})).release()
    statements.length = 0
    const outcome = engine.acquire('a', {}).then((lock) => lock.release())
    return { engine, outcome, statements, severed }
  }

  for (const word of [0, '0', 0n, 'OFF', 'off', 'NO', false]) {
    it(`is no objection when read_only is ${typeof word} ${word}`, async () => {
      await (
        await second({ read_only: word })
      ).outcome
    })
  }

  for (const word of [1, '1', 1n, 'ON', 'READ_ONLY', 'READ_ONLY_NO_LOCK', true, null, undefined, -1]) {
    it(`is LOCK_UNSUPPORTED when read_only is ${typeof word} ${String(word)}; the lock is given back, and it is asked anew`, async () => {
      const { engine, outcome, statements, severed } = await second({ read_only: word }, '12.1.2-MariaDB')
      await assert.rejects(outcome, { code: 'LOCK_UNSUPPORTED', message: /read-only \(it takes no writes any more\)/ })
      assert.match(statements.at(-1)!, /RELEASE_LOCK/)
      assert.equal(severed.length, 0)
      statements.length = 0
      await assert.rejects(engine.acquire('b', {}), { code: 'LOCK_UNSUPPORTED' })
      assert.match(statements[0]!, /^SHOW VARIABLES/)
    })
  }

  it('is LOCK_UNSUPPORTED when it was granted to another session; the connection is not used again', async () => {
    const { outcome, severed } = await second({ session_id: 8 })
    await assert.rejects(outcome, { code: 'LOCK_UNSUPPORTED', message: /^A proxy between/ })
    assert.equal(severed.length, 1)
  })

  it('is LOCK_LOST of who has the lock when its own session tells, and nobody else, that no writes are taken any more', async () => {
    let sessionId = 8
    let asked = 0
    const { engine, clock } = scripted((sql) => {
      if (!sql.startsWith('SELECT IS_USED_LOCK(')) return undefined
      asked += 1
      return [{ session_id: sessionId, read_only: 1 }]
    })
    const lock = await engine.acquire('a', { keepAliveMs: 1_000 })
    await clock.pass(2_500)
    assert.equal(asked, 2)
    assert.equal(lock.signal.aborted, false)
    sessionId = 7
    await clock.pass(1_000)
    assert.equal((lock.signal.reason as Error & { cause: { code: string } }).cause.code, 'LOCK_UNSUPPORTED')
  })

  it('is no objection when the driver was told only the lower half of a large id', async () => {
    await (
      await second({ session_id: 2n ** 32n + 7n })
    ).outcome
  })

  it('is asked of MySQL with InnoDB, which Aurora has read-only on its readers', async () => {
    const { statements, outcome } = await second({})
    await outcome
    assert.match(statements[0]!, /@@read_only OR @@innodb_read_only AS read_only$/)
  })
})

describe('how long a server is asked to wait', () => {
  const asked = async (version: string, timeoutMs: number, extra: Answer = []): Promise<string> => {
    const { engine, statements } = scripted(
      (sql) => (sql.startsWith('SHOW') && (extra as Row[]).length > 0 ? extra : undefined),
      version,
    )
    await engine.acquire('a', { timeoutMs })
    return statements.find((sql) => sql.includes(' GET_LOCK(')) ?? ''
  }

  it('is the limit of the statement on MySQL, whose seconds are whole ones', async () => {
    assert.match(
      await asked('8.4.0', 300),
      /^SELECT \/\*\+ MAX_EXECUTION_TIME\(300\) \*\/ GET_LOCK\(_utf8mb4'a~\w+', 1\)/,
    )
    assert.match(await asked('8.4.0', 0), /^SELECT GET_LOCK\(_utf8mb4'a~\w+', 0\)/)
  })

  it('is a fraction of a second on MariaDB', async () => {
    assert.match(await asked(mariadb, 300), /^SELECT GET_LOCK\(_utf8mb4'a~\w+', 0\.3\)/)
    assert.match(await asked(mariadb, 0), /^SELECT GET_LOCK\(_utf8mb4'a~\w+', 0\)/)
  })

  it('is at most an hour in one question, for ever included', async () => {
    assert.match(await asked(mariadb, Infinity), /', 3600\)/)
    assert.match(await asked('8.4.0', Infinity), /MAX_EXECUTION_TIME\(3600000\).*', 3600\)/)
  })

  it('is not cut short by max_statement_time, with which MariaDB would answer NULL', async () => {
    const limited = [
      { Variable_name: 'version', Value: mariadb },
      { Variable_name: 'max_statement_time', Value: '5.000000' },
    ]
    assert.match(await asked(mariadb, 300, limited), /^SET STATEMENT max_statement_time = 0 FOR SELECT GET_LOCK/)
  })
})

describe('servers on which a lock would be none', () => {
  const refused: readonly (readonly [what: string, variables: Record<string, string>, message: RegExp])[] = [
    ['a Galera node', { version: mariadb, wsrep_on: 'ON' }, /Galera/],
    ['a replica of MySQL', { version: '8.4.0', super_read_only: 'ON', read_only: 'ON' }, /super_read_only is on/],
    ['a read-only MariaDB', { version: mariadb, read_only: 'ON' }, /read_only is on/],
    ['a reader of Aurora', { version: '8.0.32', innodb_read_only: 'ON' }, /innodb_read_only is on/],
    ['MySQL 5.6', { version: '5.6.51' }, /MySQL 5\.6\.51 holds one named lock per connection; MySQL 5\.7\.5 or later/],
    ['MySQL 5.7.4', { version: '5.7.4-m14' }, /5\.7\.5 or later/],
    ['MariaDB 10.0.1', { version: '5.5.5-10.0.1-MariaDB' }, /MariaDB 10\.0\.2 or later/],
    ['something without a version', { version: 'unknown' }, /does not tell its version/],
  ]
  for (const [what, variables, message] of refused) {
    it(`refuses ${what}`, async () => {
      const rows = Object.entries(variables).map(([name, value]) => ({ Variable_name: name, Value: value }))
      const { engine, statements } = scripted((sql) => (sql.startsWith('SHOW') ? rows : undefined))
      await assert.rejects(engine.acquire('a', {}), { code: 'LOCK_UNSUPPORTED', message })
      assert.equal(
        statements.some((sql) => sql.includes('GET_LOCK')),
        false,
      )
    })
  }

  const accepted: readonly Record<string, string>[] = [
    { version: '5.7.5' },
    { version: '9.7.4-2', read_only: 'OFF', super_read_only: 'OFF' },
    { version: '5.5.5-10.0.2-MariaDB', wsrep_on: 'OFF' },
    { version: '11.8.3-MariaDB-log', wsrep_on: 'OFF', read_only: 'OFF' },
  ]
  for (const variables of accepted) {
    it(`takes ${variables['version']}`, async () => {
      const rows = Object.entries(variables).map(([name, value]) => ({ Variable_name: name, Value: value }))
      const { engine } = scripted((sql) => (sql.startsWith('SHOW') ? rows : undefined))
      await (await engine.acquire('a', {})).release()
    })
  }

  it('asks again after a refusal: a replica may have been promoted', async () => {
    let readOnly = 'ON'
    const { engine } = scripted((sql) =>
      sql.startsWith('SHOW')
        ? [
            { Variable_name: 'version', Value: '8.4.0' },
            { Variable_name: 'read_only', Value: readOnly },
          ]
        : undefined,
    )
    await assert.rejects(engine.acquire('a', {}), { code: 'LOCK_UNSUPPORTED' })
    readOnly = 'OFF'
    await (await engine.acquire('a', {})).release()
  })
})
