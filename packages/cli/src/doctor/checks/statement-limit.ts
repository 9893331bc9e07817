import { type Check, ok } from '../check.js'
import { numberOf, type Settings } from '../settings.js'

/** MySQL counts in milliseconds, MariaDB in seconds. */
export const statementLimit: Check<Settings> = {
  id: 'statement-limit',
  title: 'Statement limit',
  ask: ({ settings }) => settings,
  judge(settings) {
    const mysqlSeconds = (numberOf(settings, 'max_execution_time') ?? 0) / 1_000
    const mariadbSeconds = numberOf(settings, 'max_statement_time') ?? 0
    if (mysqlSeconds === 0 && mariadbSeconds === 0) return undefined
    const name = mysqlSeconds > 0 ? 'max_execution_time' : 'max_statement_time'
    return ok(
      `${name} ends statements after ${Math.max(mysqlSeconds, mariadbSeconds)} s. Waits for locks are exempt: they carry a ` +
        'limit of their own.',
    )
  },
}
