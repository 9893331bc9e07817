import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { namedLocks } from '@ormutex/mysql2'
import { type Query, type Survey, surveyLocks, type SurveyedLock } from '@ormutex/core/sql'
import { type TestServer, until } from '@ormutex-test/servers'
import { type Connection, createPool } from 'mysql2/promise'
import { connect, plainAccount, queryOf, serverOf, type Setup } from './servers.js'

/** Locks of one application, one that somebody waits for and one that nobody does, and somebody to look at them. */
interface Scene {
  readonly server: TestServer
  readonly holderId: string
  readonly waiterId: string
  /** What the holder has; the second is waited for. */
  readonly keys: { readonly quiet: string; readonly wanted: string }
  /** Looks with the privileges of an administrator. */
  readonly see: (keys?: readonly string[]) => Promise<Survey>
  /** Looks with no privileges but those on the database. */
  readonly seeLittle: (keys?: readonly string[]) => Promise<Survey>
  readonly administrator: Connection
  readonly plain: Connection
}

/** How long the wait has lasted at least, in milliseconds, when it is looked at. */
const WAITED_MS = 100

async function withScene(setup: Setup, look: (scene: Scene) => Promise<void>): Promise<void> {
  const server = await serverOf(setup)
  const { host, port, user, password, database } = server
  const account = await plainAccount(server)
  const open = (label: string, as = { user, password }) => {
    const pool = createPool({ host, port, database, connectionLimit: 2, ...as })
    return { pool, locks: namedLocks(pool, { namespace: 'Survey', label }) }
  }
  const [holder, waiter] = [open('holder'), open('waiter', account)]
  const [administrator, plain] = [await connect(server), await connect(server, account)]
  try {
    const quiet = await holder.locks.acquireNamedLock('quiet')
    const wanted = await holder.locks.acquireNamedLock('wanted')
    const waiting = waiter.locks.acquireNamedLock('wanted')
    try {
      const waiterId = await waiterOf(administrator, server)
      await look({
        server,
        holderId: quiet.sessionId,
        waiterId,
        keys: { quiet: quiet.key, wanted: wanted.key },
        see: (keys) => surveyLocks(queryOf(administrator), { keys }),
        seeLittle: (keys) => surveyLocks(queryOf(plain), { keys }),
        administrator,
        plain,
      })
    } finally {
      await quiet.release()
      await wanted.release()
      await (await waiting).release()
    }
  } finally {
    await Promise.all([holder.pool.end(), waiter.pool.end(), administrator.end(), plain.end()])
  }
}

/** Resolves with the session that waits, once it has been seen to for a while. */
async function waiterOf(administrator: Connection, { database }: TestServer): Promise<string> {
  let seenAt: number | undefined
  for (;;) {
    const rows = await queryOf(administrator)(
      `SELECT ID AS id FROM information_schema.PROCESSLIST WHERE STATE = 'User lock' AND DB = '${database}'`,
    )
    if (rows[0] !== undefined) {
      seenAt ??= performance.now()
      if (performance.now() - seenAt > WAITED_MS) return String(rows[0]['id'])
    }
    await sleep(5)
  }
}

const entryOf = ({ entries }: Survey, sought: string): SurveyedLock | undefined =>
  entries.find(({ key }) => key === sought)

/** Everything that can be seen of the scene's locks. */
async function assertSeesAll({ server, holderId, waiterId, keys, see }: Scene): Promise<void> {
  const survey = await see()
  assert.deepEqual(survey.hidden, [])
  assert.equal(survey.listsHeld, true)
  const { user, database } = server
  const session = { host: '127.0.0.1', database, namespace: 'Survey' }
  for (const key of Object.values(keys)) {
    const { statement: _, heldMs: __, ...holder } = entryOf(survey, key)?.holder ?? {}
    assert.deepEqual(holder, { sessionId: holderId, user, label: 'holder', ...session })
  }
  assert.deepEqual(entryOf(survey, keys.quiet)?.waiters, [])
  const [first, ...others] = entryOf(survey, keys.wanted)?.waiters ?? []
  assert.deepEqual(others, [])
  const { statement, waitedMs, ...waiter } = first!
  assert.deepEqual(waiter, { sessionId: waiterId, user: 'plain', label: 'waiter', ...session })
  assert.match(statement ?? '', /GET_LOCK/)
  assert.ok(waitedMs !== undefined && waitedMs >= WAITED_MS && waitedMs < 10_000, String(waitedMs))
}

async function assertWaitIsNotHeld(setup: Setup): Promise<void> {
  const server = await serverOf(setup)
  const { host, port, user, password, database } = server
  const pools = [0, 1, 2].map(() => createPool({ host, port, database, user, password, connectionLimit: 2 }))
  const [holder, waiter, onlooker] = pools.map((pool) => namedLocks(pool, { namespace: 'Survey' }))
  const administrator = await connect(server)
  try {
    const held = await holder!.acquireNamedLock('long')
    const waiting = waiter!.acquireNamedLock('long')
    // MySQL's process list counts in seconds, and the first of them may be none.
    await sleep(2_200)
    // It cannot be granted before that, however late the answer is.
    const releasedAt = performance.now()
    await held.release()
    const lock = await waiting
    await sleep(50)
    const survey = await surveyLocks(queryOf(administrator), { keys: [lock.key] })
    const asked = await onlooker!.namedLockHolder('long')
    const sinceMs = performance.now() - releasedAt
    for (const seen of [entryOf(survey, lock.key)?.holder, asked]) {
      assert.equal(seen?.sessionId, lock.sessionId)
      assert.ok(seen.heldMs !== undefined && seen.heldMs >= 40 && seen.heldMs < sinceMs + 500, String(seen.heldMs))
    }
    await lock.release()
  } finally {
    await Promise.all([administrator.end(), ...pools.map((pool) => pool.end())])
  }
}

const PROCESS = /shown by their id alone, and those of them that wait.* lacks the PROCESS privilege\. GRANT PROCESS/

describe('a survey', () => {
  it('of MySQL shows every lock with its holder and who waits for it', async () => {
    await withScene('mysql', async (scene) => {
      await assertSeesAll(scene)
      // What MySQL compares without regard to case it shows in lower case.
      await scene.administrator.query("DO GET_LOCK('Another Program', 0)")
      const survey = await scene.see()
      assert.equal(entryOf(survey, 'another program')?.holder?.sessionId, String(scene.administrator.threadId))
      assert.equal(entryOf(survey, 'another program')?.holder?.label, undefined)
    })
  })

  it('of MySQL by an account without privileges shows what was asked for and its own waiters, and says what it does not', async () => {
    await withScene('mysql', async ({ keys, holderId, waiterId, seeLittle, plain, server }) => {
      const survey = await seeLittle()
      assert.equal(entryOf(survey, keys.quiet), undefined)
      assert.deepEqual(entryOf(survey, keys.wanted)?.holder, { sessionId: holderId })
      const waiter = entryOf(survey, keys.wanted)?.waiters[0]
      assert.equal(waiter?.sessionId, waiterId)
      assert.equal(waiter.label, 'waiter')
      assert.equal(waiter.database, server.database)
      assert.equal(survey.hidden.length, 3)
      assert.equal(survey.listsHeld, false)
      assert.match(survey.hidden[0]!, /^Locks that nobody waits for.*may not read performance_schema\. GRANT SELECT ON/)
      assert.match(survey.hidden[1]!, /^Labels and namespaces of the sessions of other accounts.* GRANT SELECT ON/)
      assert.match(survey.hidden[2]!, PROCESS)
      assert.deepEqual(entryOf(await seeLittle([keys.quiet, 'free']), keys.quiet)?.holder, { sessionId: holderId })
      await plain.query("DO GET_LOCK('mine', 0)")
      const { user, host, label } = entryOf(await seeLittle(['mine']), 'mine')?.holder ?? {}
      assert.deepEqual([user, host, label], ['plain', '127.0.0.1', undefined])
    })
  })

  it('of MySQL by an account that may read performance_schema shows all, also without the PROCESS privilege', async () => {
    await withScene('mysql', async (scene) => {
      await scene.administrator.query('GRANT SELECT ON performance_schema.* TO plain')
      try {
        await assertSeesAll({ ...scene, see: scene.seeLittle })
      } finally {
        await scene.administrator.query('REVOKE SELECT ON performance_schema.* FROM plain')
      }
    })
  })

  it('of MySQL without performance_schema has the waiters from the list of sessions', async () => {
    await withScene('mysql', async ({ administrator, keys, holderId, waiterId, server }) => {
      const query = queryOf(administrator)
      // As a server answers that was started with performance_schema = OFF.
      const off: Query = async (sql) => {
        if (sql.startsWith('SHOW GLOBAL VARIABLES')) return [{ Value: 'OFF' }]
        return sql.includes('performance_schema.') ? [] : query(sql)
      }
      const survey = await surveyLocks(off, { keys: [keys.quiet] })
      assert.equal(entryOf(survey, keys.quiet)?.holder?.user, server.user)
      assert.equal(entryOf(survey, keys.wanted)?.holder?.sessionId, holderId)
      assert.equal(entryOf(survey, keys.wanted)?.waiters[0]?.sessionId, waiterId)
      assert.equal(survey.hidden.length, 2)
      for (const sentence of survey.hidden)
        assert.match(sentence, /performance_schema is off\. performance_schema = ON/)
    })
  })

  it('of MariaDB as it is by default shows what is waited for or asked for, and says what it does not', async () => {
    await withScene('mariadb', async ({ keys, holderId, waiterId, see, seeLittle, server }) => {
      const survey = await see()
      assert.equal(entryOf(survey, keys.quiet), undefined)
      const { holder, waiters } = entryOf(survey, keys.wanted)!
      assert.equal(holder?.sessionId, holderId)
      assert.deepEqual([holder.user, holder.database, holder.label], [server.user, server.database, undefined])
      assert.equal(waiters[0]?.sessionId, waiterId)
      assert.ok(waiters[0].waitedMs !== undefined && waiters[0].waitedMs >= WAITED_MS)
      assert.equal(survey.hidden.length, 2)
      assert.match(
        survey.hidden[0]!,
        /^Locks that nobody waits for.* INSTALL SONAME 'metadata_lock_info' shows them\.$/,
      )
      assert.match(survey.hidden[1]!, /^Labels and namespaces are not shown: .* performance_schema = ON/)
      assert.equal(entryOf(await see([keys.quiet]), keys.quiet)?.holder?.sessionId, holderId)
      const little = await seeLittle([keys.quiet])
      assert.deepEqual(entryOf(little, keys.quiet)?.holder, { sessionId: holderId })
      assert.match(little.hidden[2]!, PROCESS)
    })
  })

  it('of MariaDB with performance_schema and its instrument shows every lock, too', async () => {
    await withScene('mariadb that shows', async (scene) => {
      await assertSeesAll(scene)
      const { administrator, see, seeLittle, keys } = scene
      const instrument = (enabled: 'YES' | 'NO') =>
        administrator.query(
          `UPDATE performance_schema.setup_instruments SET ENABLED = '${enabled}' WHERE NAME = 'wait/lock/metadata/sql/mdl'`,
        )
      await instrument('NO')
      const { hidden } = await see()
      await instrument('YES')
      assert.equal(hidden.length, 1)
      assert.match(hidden[0]!, /instrument wait\/lock\/metadata\/sql\/mdl is off/)
      const little = await seeLittle()
      assert.equal(entryOf(little, keys.wanted)?.waiters[0]?.label, 'waiter')
      assert.match(little.hidden[0]!, /this account may not read performance_schema/)
    })
  })

  it('counts sessions that wait for a lock which their statement does not name', async () => {
    await withScene('mariadb', async ({ administrator, plain, see }) => {
      await administrator.query("DO GET_LOCK('by variable', 0)")
      await plain.query("SET @name = 'by variable'")
      const waiting = plain.query('DO GET_LOCK(@name, 10)')
      let hidden: readonly string[] = []
      await until('the wait is seen', async () => {
        hidden = (await see()).hidden
        return hidden.length >= 3
      })
      assert.match(hidden[2]!, /^1 session waits for a lock that its statement does not name/)
      await administrator.query("DO RELEASE_LOCK('by variable')")
      await waiting
    })
  })

  it('does not count a wait to the time that the lock is held, and neither does who asks for the holder', async () => {
    await Promise.all((['mysql', 'mariadb'] as const).map(assertWaitIsNotHeld))
  })

  it('refuses keys that are none', async () => {
    const never: Query = () => assert.fail('asked')
    for (const key of ['', 'A', "it's", 7 as unknown as string]) {
      await assert.rejects(surveyLocks(never, { keys: [key] }), { name: 'TypeError', message: /1 to 64 characters/ })
    }
  })

  it('rejects with the error of a connection that fails', async () => {
    const connection = await connect(await serverOf('mariadb'))
    connection.destroy()
    await assert.rejects(surveyLocks(queryOf(connection)), /closed state/)
  })
})
