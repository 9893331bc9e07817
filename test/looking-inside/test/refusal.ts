import assert from 'node:assert/strict'
import { type Holder, LockTimeoutError } from '@ormutex/core'
import { until } from '@ormutex-test/servers'

/**
 * What whoever tries to take a lock is told, and who has it, as soon as the server has said that in time: to ask it must not
 * make a call late, and on a busy machine a call may not have found out.
 */
export async function refusal(attempt: () => Promise<unknown>): Promise<{ error: LockTimeoutError; holder: Holder }> {
  let error: unknown
  await until('it is told who has the lock', async () => {
    error = await attempt().then(
      () => assert.fail('granted'),
      (thrown: unknown) => thrown,
    )
    assert.ok(error instanceof LockTimeoutError, String(error))
    return error.holder !== null
  })
  const refused = error as LockTimeoutError
  return { error: refused, holder: refused.holder! }
}
