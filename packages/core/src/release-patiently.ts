import type { LockSession } from './backend.js'
import type { SharedTimer } from './shared-timer.js'

/**
 * Longest wait for the answer to a release, in milliseconds, before the session is destroyed instead: a release is one
 * round trip, so after five seconds the server or the way to it has a problem that waiting does not mend.
 */
export const RELEASE_PATIENCE_MS = 5_000

/**
 * Gives keys back, last taken, first released, in one round trip. A server that does not answer loses the session, with which it takes
 * everything back.
 * @throws what `LockSession.release` throws
 */
export async function releasePatiently(
  timer: SharedTimer,
  session: LockSession,
  keys: readonly string[],
): Promise<void> {
  const limit = timer.after(RELEASE_PATIENCE_MS, () => session.destroy())
  try {
    await session.release(keys.length === 1 ? keys : keys.toReversed())
  } finally {
    limit.stop()
  }
}

/** Bounds a session for whoever waits for it. @throws what `LockSession.boundOrphan` throws */
export async function boundPatiently(timer: SharedTimer, session: LockSession, ms: number): Promise<void> {
  const limit = timer.after(RELEASE_PATIENCE_MS, () => session.destroy())
  try {
    await session.boundOrphan(ms)
  } finally {
    limit.stop()
  }
}

/** Hands a session back. Never rejects, as `LockSession.close` does not; a server that does not answer loses the session. */
export async function closePatiently(timer: SharedTimer, session: LockSession): Promise<void> {
  const limit = timer.after(RELEASE_PATIENCE_MS, () => session.destroy())
  try {
    await session.close()
  } finally {
    limit.stop()
  }
}
