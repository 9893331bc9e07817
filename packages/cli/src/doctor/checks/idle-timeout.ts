import { type Check, ok, type Verdict, warn } from '../check.js'
import { numberOf, type Settings } from '../settings.js'

/** The library's default of `keepAliveMs`. */
const KEEP_ALIVE_SECONDS = 30
/** A ping may come late, so that one has to fit in twice. */
const ENOUGH_SECONDS = 2 * KEEP_ALIVE_SECONDS

/** Clients of the library are not interactive ones, so `interactive_timeout` does not count. */
export const idleTimeout: Check<Settings> = {
  id: 'idle-timeout',
  title: 'Idle timeout',
  ask: ({ settings }) => settings,
  judge(settings) {
    const seconds = numberOf(settings, 'wait_timeout')
    if (seconds === undefined) return undefined
    if (seconds < ENOUGH_SECONDS) return tooShort('wait_timeout', seconds, 'A connection that is idle')
    return ok(
      `wait_timeout is ${seconds} s, and held locks are pinged every ${KEEP_ALIVE_SECONDS} s. A holder that is ` +
        'cut off without a TCP reset keeps its lock for as long as that.',
      { advice: 'Where that is too long, set orphanTimeoutMs.' },
    )
  },
}

/** MariaDB ends connections that are idle inside a transaction; measured on 10.11: a ping counts as a sign of life. */
export const idleTransactions: Check<Settings> = {
  id: 'idle-transactions',
  title: 'Idle transactions',
  ask: ({ settings }) => settings,
  judge(settings) {
    const limits = [
      'idle_transaction_timeout',
      'idle_write_transaction_timeout',
      'idle_readonly_transaction_timeout',
    ].flatMap((name) => {
      const seconds = numberOf(settings, name) ?? 0
      return seconds > 0 ? [{ name, seconds }] : []
    })
    const [shortest] = limits.toSorted((a, b) => a.seconds - b.seconds)
    if (shortest === undefined) return undefined
    const { name, seconds } = shortest
    if (seconds < ENOUGH_SECONDS) return tooShort(name, seconds, 'A transaction that is idle')
    return ok(`${name} is ${seconds} s; the ping every ${KEEP_ALIVE_SECONDS} s keeps transactions alive.`)
  },
}

function tooShort(name: string, seconds: number, what: string): Verdict {
  return warn(
    `${what} for ${seconds} s is ended (${name}), and held locks are pinged every ${KEEP_ALIVE_SECONDS} s ` +
      'only: the lock of a callback that is busy elsewhere may be lost.',
    { advice: `Set keepAliveMs to ${Math.floor((seconds * 1_000) / 3)}, a third of it, or raise ${name}.` },
  )
}
