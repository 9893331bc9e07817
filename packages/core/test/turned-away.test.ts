import assert from 'node:assert/strict'
import { LockEngine, type TransactionEndListener } from '@ormutex/core'
import { SqlBackend } from '@ormutex/core/sql'
import { scriptedSource } from './scripted-source.js'

/** Deeper than the way of a grant from the driver to whoever asked for it. */
const DEEPEST = 40

/**
 * A server that grants at once, and a caller that turns away so many microtasks after the driver has the answer: a window
 * that no real connection can be made to hit.
 */
function grantedThenAborted(depth: number) {
  const controller = new AbortController()
  let held = 0
  let end: TransactionEndListener | undefined
  const source = scriptedSource(
    {
      query: async (_, sql) => {
        if (sql.startsWith('SHOW VARIABLES')) return [{ Variable_name: 'version', Value: '8.4.0' }]
        if (sql.includes('RELEASE_LOCK')) {
          const released = held > 0 ? 1 : null
          held = Math.max(0, held - 1)
          return [{ released_0: released }]
        }
        if (!sql.includes(' GET_LOCK(')) return []
        held += 1
        void turnAway(controller, depth)
        return [{ granted: 1, session_id: 7, token: '1', read_only: 0 }]
      },
      sever: () => {
        held = 0
      },
    },
    (_, __, listener) => {
      end = listener
    },
  )
  const engine = new LockEngine(new SqlBackend(source, undefined), { namespace: '' })
  return { engine, signal: controller.signal, heldNow: () => held, end: () => end!.ended() }
}

async function turnAway(controller: AbortController, depth: number): Promise<void> {
  for (let step = 0; step < depth; step += 1) await Promise.resolve()
  controller.abort(new Error('turned away'))
}

describe('a caller that turns away while its grant is on the way', () => {
  for (const joined of [true, false]) {
    it(`never leaves it behind ${joined ? 'in a transaction that goes on' : 'on a connection of our own'}`, async () => {
      const outcomes = { granted: 0, rejected: 0 }
      for (let depth = 0; depth <= DEEPEST; depth += 1) {
        const { engine, signal, heldNow, end } = grantedThenAborted(depth)
        const options = { signal, timeoutMs: 1_000 }
        const call = joined
          ? engine.withJoinedLock({}, 'a', () => 'ran', options)
          : engine.withLock('a', () => 'ran', options)
        const outcome = await call.catch((error: Error) => error.message)
        if (outcome === 'ran') {
          outcomes.granted += 1
          assert.equal(heldNow(), joined ? 1 : 0, `depth ${depth}`)
        } else {
          outcomes.rejected += 1
          assert.equal(outcome, 'turned away')
          assert.equal(heldNow(), 0, `depth ${depth}`)
        }
        if (joined) await end()
        assert.equal(heldNow(), 0, `depth ${depth}`)
      }
      // Both sides of the window were met.
      assert.ok(outcomes.granted > 0 && outcomes.rejected > 0, JSON.stringify(outcomes))
    })
  }
})
