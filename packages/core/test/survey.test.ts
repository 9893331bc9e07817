import assert from 'node:assert/strict'
import { type Row, surveyLocks } from '@ormutex/core/sql'

const KEY = 'user:42~gfbosbvfsgi6fzl3sijb7de3wkd3oz7q'
const WAIT = `SELECT GET_LOCK(_utf8mb4'${KEY}', 10) AS granted`

/** What MariaDB 10.11.19 answered with the plugin METADATA_LOCK_INFO, which few packages of servers bring along. */
function mariadbWithPlugin(sql: string): readonly Row[] {
  if (sql.startsWith('SELECT VERSION()')) return [{ version: '10.11.19-MariaDB' }]
  if (sql.includes('METADATA_LOCK_INFO')) {
    return [
      { lock_key: KEY, session_id: 9n },
      { lock_key: "it's / é", session_id: 9n },
    ]
  }
  if (sql.includes('information_schema.PROCESSLIST')) {
    const [user, host] = ['app', '10.0.0.7:37346']
    return [
      { session_id: 9n, user, host, in_state_ms: '1306.858', statement: null, db: 'shop', is_waiting: 0n },
      { session_id: 11n, user, host, in_state_ms: '1304.257', statement: WAIT, db: null, is_waiting: 1n },
    ]
  }
  if (sql.startsWith('SHOW GLOBAL VARIABLES')) return [{ Variable_name: 'performance_schema', Value: 'OFF' }]
  assert.ok(!sql.includes('IS_USED_LOCK'), 'asked for a holder that is known')
  return []
}

describe('a survey of MariaDB with the plugin METADATA_LOCK_INFO', () => {
  it('lists what is held, whatever its name is, and misses labels alone', async () => {
    const { entries, hidden } = await surveyLocks(async (sql) => mariadbWithPlugin(sql))
    const holder = { sessionId: '9', user: 'app', host: '10.0.0.7', heldMs: 1306, database: 'shop' }
    const waiter = { sessionId: '11', user: 'app', host: '10.0.0.7', statement: WAIT, waitedMs: 1304 }
    assert.deepEqual(entries, [
      { key: "it's / é", holder, waiters: [] },
      { key: KEY, holder, waiters: [waiter] },
    ])
    assert.equal(hidden.length, 1)
    assert.match(hidden[0]!, /^Labels and namespaces are not shown/)
  })
})
