import { setTimeout as sleep } from 'node:timers/promises'
import { deriveKey, describeHolder, type Holder, type LockTimeoutError } from '@ormutex/core'
import type { Connected } from '../connect.js'

/** How long the server may take to say who has a lock that was refused, in milliseconds. */
const PATIENCE_MS = 1_000

/** What was refused. */
export interface Refused {
  readonly name: string
  readonly namespace: string | undefined
  readonly exactName: boolean | undefined
  /** Ends the question who has it. */
  readonly signal: AbortSignal
}

/**
 * Why a lock was not granted, in one line. The library asks who has it while its caller waits, and goes without rather than be late; here
 * nobody waits for anything but that line, so what is missing is asked for once more.
 */
export async function describeRefusal(
  error: LockTimeoutError,
  refused: Refused,
  connected: Connected,
): Promise<string> {
  const holder = error.holder === null ? await holderOf(refused, connected) : null
  const who = holder === null ? '' : `: ${describeHolder(holder)} has it`
  return error.message + who + ownUse(refused, connected)
}

/** `null` when nobody has it any more, and when there is no answer in time. */
async function holderOf({ name, exactName, signal }: Refused, { locks }: Connected): Promise<Holder | null> {
  const answered = new AbortController()
  const ended = AbortSignal.any([signal, answered.signal])
  try {
    const patience = sleep(PATIENCE_MS, null, { signal: ended }).catch(() => null)
    return await Promise.race([locks.namedLockHolder(name, { exactName }), patience])
  } catch {
    return null
  } finally {
    answered.abort()
  }
}

/** A command that was started under the lock may be what its holder waits for; it may as well have been left behind, and then it is not. */
function ownUse({ name, namespace, exactName }: Refused, { settings, secret }: Connected): string {
  const key = exactName === true ? name : deriveKey(namespace ?? settings.database ?? '', name, secret)
  if (process.env['ORMUTEX_KEY'] !== key) return ''
  return '; this command was itself started under that lock, as ORMUTEX_KEY says, so it may have waited for itself'
}
