import { type Check, ok } from '../check.js'
import { numberOf, type Settings } from '../settings.js'

export const rowLocks: Check<Settings> = {
  id: 'row-locks',
  title: 'Row locks',
  ask: ({ settings }) => settings,
  judge(settings) {
    const seconds = numberOf(settings, 'innodb_lock_wait_timeout')
    if (seconds === undefined) return undefined
    return ok(
      `No server sees a circle of a named lock and a row lock. It ends after ${seconds} s ` +
        "(innodb_lock_wait_timeout), or at the call's own timeoutMs.",
    )
  },
}
