import assert from 'node:assert/strict'
import { surveyLocks } from '@ormutex/core/sql'
import { namedLocks } from '@ormutex/mysql2'
import { createConnection, createPool } from 'mysql2/promise'
import { refusal } from './refusal.js'
import { connect, queryOf, serverOf, type Setup } from './servers.js'
import { SOURCES } from './sources.js'

/** What writes to a terminal, begins a line of a log, turns the writing round, and is longer than any label. */
const HOSTILE = `\u{1b}[2J\r\nroot\u{9b}1m\u{202e}\u{2028}${'x'.repeat(100)}`
const SPELT_OUT = `\\u{1b}[2J\\u{d}\\u{a}root\\u{9b}1m\\u{202e}\\u{2028}`

/** What stands in a label travels as it is. */
const LABEL = `web 1 */ 'x' "y" \\ %00 +1:4711`

describe('what other processes see of a holder', () => {
  for (const setup of ['mysql', 'mariadb that shows', 'mariadb'] as const satisfies readonly Setup[]) {
    describe(`on ${setup}`, () => {
      for (const [title, open] of Object.entries(SOURCES)) {
        it(`${title}: its label, its namespace and where it is, as far as the server shows`, async () => {
          const server = await serverOf(setup)
          const { host, port, user, password, database } = server
          const namespace = 'shop of labels'
          const holder = open(server, { namespace, label: LABEL })
          const pool = createPool({ host, port, user, password, database, connectionLimit: 2 })
          const watcher = namedLocks(pool, { namespace, label: 'watcher' })
          const connection = await connect(server)
          try {
            const lock = await holder.acquire('user:42')
            const shown = setup === 'mariadb' ? {} : { label: LABEL }
            const seen = await watcher.namedLockHolder('user:42')
            assert.deepEqual(
              { ...seen, heldMs: 0, statement: '' },
              { sessionId: lock.sessionId, user, host: '127.0.0.1', heldMs: 0, statement: '', ...shown },
            )
            const listed = (await watcher.listNamedLocks()).find(({ key }) => key === lock.key)
            // MariaDB lists what nobody waits for, and what is not this process's own, only where it shows its locks.
            assert.equal(listed?.holder?.label, shown.label)
            assert.equal(listed?.holder?.sessionId, setup === 'mariadb' ? undefined : lock.sessionId)
            const { entries } = await surveyLocks(queryOf(connection), { keys: [lock.key] })
            const surveyed = entries.find(({ key }) => key === lock.key)?.holder
            assert.equal(surveyed?.sessionId, lock.sessionId)
            assert.equal(surveyed.database, database)
            assert.equal(surveyed.label, shown.label)
            assert.equal(surveyed.namespace, setup === 'mariadb' ? undefined : namespace)
            const refused = await refusal(() => watcher.acquireNamedLock('user:42', { timeoutMs: 0 }))
            assert.equal(refused.holder.label, shown.label)
            const who = setup === 'mariadb' ? `${user}@127.0.0.1` : `${LABEL}, ${user}@127.0.0.1`
            const { message } = refused.error
            assert.ok(message.includes(`session ${lock.sessionId} (${who}`), message)
            await lock.release()
          } finally {
            await Promise.all([holder.close(), pool.end(), connection.end()])
          }
        })
      }

      it('of a stranger nothing that cannot be printed, and no more of a label than a label may have', async () => {
        const server = await serverOf(setup)
        const { host, port, database } = server
        const administrator = await connect(server)
        const user = 'evil\n\u{1b}[31m'
        await administrator.query('CREATE USER IF NOT EXISTS ? IDENTIFIED BY ?', [user, 'evil'])
        const connectAttributes = { ormutex_label: HOSTILE }
        const stranger = await createConnection({ host, port, user, password: 'evil', connectAttributes })
        const pool = createPool({ host, port, user: server.user, password: server.password, database })
        try {
          await stranger.query("SELECT GET_LOCK('of-a-stranger', 0)")
          const label = setup === 'mariadb' ? undefined : SPELT_OUT.padEnd(64, 'x')
          const spelt = 'evil\\u{a}\\u{1b}[31m'
          const watcher = namedLocks(pool, { defaults: { exactName: true } })
          const refused = await refusal(() => watcher.acquireNamedLock('of-a-stranger', { timeoutMs: 0 }))
          assert.deepEqual([refused.holder.label, refused.holder.user], [label, spelt])
          const who = label === undefined ? `${spelt}@127.0.0.1` : `${label}, ${spelt}@127.0.0.1`
          assert.ok(refused.error.message.includes(`(${who}`), refused.error.message)
          const { entries } = await surveyLocks(queryOf(administrator), { keys: ['of-a-stranger'] })
          const surveyed = entries.find(({ key }) => key === 'of-a-stranger')?.holder
          assert.deepEqual([surveyed?.label, surveyed?.user], [label, spelt])
        } finally {
          await Promise.all([stranger.end(), pool.end(), administrator.end()])
        }
      })
    })
  }
})
