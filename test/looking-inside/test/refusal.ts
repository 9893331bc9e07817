import assert from 'node:assert/strict'
import { type Holder, LockTimeoutError } from '@ormutex/core'
import { until } from '@ormutex-test/servers'

/** How long a machine may be busy, in milliseconds; how often it is too busy is what the conformance suite is about. */
const LONGEST_BUSY_MS = 5_000

/**
 * What whoever tries to take a lock is told, and who has it, as soon as the server has said that in time: to ask it must not
 * make a call late, and on a busy machine a call may not have found out.
 */
export async function refusal(attempt: () => Promise<unknown>): Promise<{ error: LockTimeoutError; holder: Holder }> {
  let error: unknown
  const isTold = async (): Promise<boolean> => {
    error = await attempt().then(
      () => assert.fail('granted'),
      (thrown: unknown) => thrown,
    )
    assert.ok(error instanceof LockTimeoutError, String(error))
    return error.holder !== null
  }
  await until('it is told who has the lock', isTold, LONGEST_BUSY_MS)
  const refused = error as LockTimeoutError
  return { error: refused, holder: refused.holder! }
}
