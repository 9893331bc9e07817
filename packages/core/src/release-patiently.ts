import type { LockSession } from './backend.js'
import type { SharedTimer } from './shared-timer.js'

/**
 * Longest wait for the answer to a release, in milliseconds, before the session is destroyed instead: a release is one
 * round trip, so after five seconds the server or the way to it has a problem that waiting does not mend.
 */
export const RELEASE_PATIENCE_MS = 5_000

/** Waits for an answer on a session; a server that does not give it in time loses the session, and what is waited for rejects. */
export async function patiently<T>(timer: SharedTimer, session: LockSession, answer: () => Promise<T>): Promise<T> {
  const limit = timer.after(RELEASE_PATIENCE_MS, () => session.destroy())
  try {
    return await answer()
  } finally {
    limit.stop()
  }
}

/** Gives keys back, last taken, first released, in one round trip. @throws what `LockSession.release` throws */
export function releasePatiently(timer: SharedTimer, session: LockSession, keys: readonly string[]): Promise<void> {
  return patiently(timer, session, () => session.release(lastFirst(keys)))
}

/** The order in which keys are given back. */
export function lastFirst(keys: readonly string[]): readonly string[] {
  return keys.length === 1 ? keys : keys.toReversed()
}

/** Hands a session back. Never rejects, as `LockSession.close` does not. */
export function closePatiently(timer: SharedTimer, session: LockSession): Promise<void> {
  return patiently(timer, session, () => session.close())
}
