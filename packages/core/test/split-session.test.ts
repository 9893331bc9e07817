import assert from 'node:assert/strict'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { splitOf } from '@ormutex/core/sql'

describe('what is between a connection and the server', () => {
  it('keeps nothing of the proof, where a pooler gives who asks alone the session that was free last', async () => {
    const free = [1, 2]
    let holder: number | undefined
    let isReordered = false
    const query = async (sql: string) => {
      // Somebody else has had the other session before the release, which is on top from then on.
      if (sql.includes('RELEASE_LOCK') && !isReordered) {
        isReordered = true
        free.reverse()
      }
      const session = free.pop()!
      await nextTurn()
      free.push(session)
      if (sql.includes(' GET_LOCK(')) holder = session
      if (!sql.includes('RELEASE_LOCK')) return [{ granted: 1, holder_id: holder ?? null, session_id: session }]
      const released_0 = holder === session ? 1 : null
      if (released_0 === 1) holder = undefined
      return [{ released_0 }]
    }
    assert.match((await splitOf(query, query)) ?? '', /^A proxy between/)
    assert.equal(holder, undefined)
  })
})
