import assert from 'node:assert/strict'
import { splitOf } from '@ormutex/core/sql'

describe('what is between a connection and the server', () => {
  it('keeps nothing of the proof, where a pooler gives who asks alone the session that was free last', async () => {
    const free = [1, 2]
    let holder: number | undefined
    const query = async (sql: string) => {
      const session = free.pop()!
      if (sql.includes(' GET_LOCK(')) holder = session
      const row = { granted: 1, holder_id: holder ?? null, session_id: session }
      const released_0 = holder === session ? 1 : null
      if (sql.includes('RELEASE_LOCK') && released_0 === 1) holder = undefined
      // The session without the lock comes back last, and is on top from then on.
      for (let turn = 0; turn < (session === 1 ? 5 : 1); turn += 1) await new Promise(setImmediate)
      free.push(session)
      return sql.includes('RELEASE_LOCK') ? [{ released_0 }] : [row]
    }
    assert.match((await splitOf(query, query)) ?? '', /^A proxy between/)
    assert.equal(holder, undefined)
  })
})
