import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { AllocatedByKind } from './allocations.js'

/**
 * Bytes that one call takes of the functions that ask whether anybody listens, with nobody there: the same on Node 20 and 22, a little
 * less on 24. Whoever changes what a call needs there for another reason measures again.
 */
const NEEDED: Readonly<Record<string, number>> = {
  transaction: 3_728,
  'several names': 3_712,
  // Three calls.
  'handed over': 11_152,
  session: 664,
  joined: 3_136,
}

/** Less than any closure (64 bytes), and than a context that keeps two variables for one (48). */
const MARGIN = 40

/** In a process of its own that does not optimise: there, each call takes the same bytes, however busy the machine is. It takes its time. */
async function measured(): Promise<{ readonly unwatched: AllocatedByKind; readonly watched: AllocatedByKind }> {
  const script = join(import.meta.dirname, 'allocations.js')
  const { stdout } = await promisify(execFile)(process.execPath, ['--no-opt', script])
  return JSON.parse(stdout)
}

describe('with nobody who listens', () => {
  it('nothing is made for the tracing channels, not even by those who would tell them', async () => {
    const { unwatched, watched } = await measured()
    for (const [kind, needed] of Object.entries(NEEDED)) {
      const { callers, tracing } = unwatched[kind]!
      assert.equal(tracing, 0, kind)
      assert.ok(callers < needed + MARGIN, `${kind}: ${callers} bytes instead of ${needed}`)
      // The same measure sees what is made for those who listen.
      assert.ok(watched[kind]!.tracing > 500, `${kind}: ${watched[kind]!.tracing} bytes`)
      assert.ok(watched[kind]!.callers > needed + MARGIN, `${kind}: ${watched[kind]!.callers} bytes`)
    }
  }).timeout(60_000)
})
