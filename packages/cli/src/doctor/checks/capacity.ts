import { type Check, ok, type Verdict, warn } from '../check.js'
import { numberOf, type Settings } from '../settings.js'

interface Answer {
  readonly settings: Settings
  /** Connections of this account, as far as it sees them. */
  readonly ofAccount: number
}

/** Above that share of a limit, a busy minute reaches it. */
const CROWDED = 0.8

export const capacity: Check<Answer> = {
  id: 'capacity',
  title: 'Capacity',
  async ask({ settings, witnesses: [first] }) {
    const [row] = await first.query(
      "SELECT COUNT(*) AS connections FROM information_schema.PROCESSLIST WHERE USER = SUBSTRING_INDEX(USER(), '@', 1)",
    )
    return { settings, ofAccount: Number(row?.['connections'] ?? 0) }
  },
  judge({ settings, ofAccount }) {
    const most = numberOf(settings, 'max_connections')
    const used = numberOf(settings, 'threads_connected')
    const accountMost = numberOf(settings, 'max_user_connections') ?? 0
    const account = accountMost > 0 ? usage(ofAccount, accountMost, 'max_user_connections', 'this account') : undefined
    const server =
      most === undefined || used === undefined ? undefined : usage(used, most, 'max_connections', 'the server')
    return [account, server].find((verdict) => verdict?.level === 'warn') ?? account ?? server
  },
}

function usage(used: number, most: number, variable: string, whose: string): Verdict {
  const detail = `At most ${most} connections for ${whose} (${variable}), ${used} of them in use; a lock that is waited for costs one.`
  return used < most * CROWDED
    ? ok(detail)
    : warn(detail, { advice: `Raise ${variable}, or open fewer: smaller pools, and maxWaiters for those that wait.` })
}
