import { type ServerFacts, serverErrno } from '@ormutex/core/sql'
import { type Check, ok, warn } from '../check.js'
import { newKey } from '../locking.js'
import type { Patient } from '../patient.js'

interface Answer {
  readonly flavour: ServerFacts['flavour']
  /** Whether the lock of a connection of this very account was free after KILL; `undefined` where that cannot be tried. */
  readonly endsOwn: boolean | undefined
  /** What the account may do on the whole server. */
  readonly privileges: readonly string[]
}

const PATIENCE_MS = 2_000

export const kill: Check<Answer> = {
  id: 'kill',
  title: 'Kill',
  ask: async (patient) => ({
    flavour: patient.facts.flavour,
    endsOwn: await endsOwn(patient),
    // Those of roles are among them once they are active. MariaDB shows the password's hash in the same rows.
    privileges: (await patient.witnesses[0].query('SHOW GRANTS')).flatMap((row) =>
      globalPrivileges(String(Object.values(row)[0])),
    ),
  }),
  judge({ flavour, endsOwn: own, privileges }) {
    if (own === undefined) {
      return warn('Not tried: what answers here does not know the holder of a lock by its connection id.', {
        advice: 'A statement that still runs when holdTimeoutMs is over may go on. See the lines on server and proxy.',
      })
    }
    if (!own) {
      return warn(
        'Connections of this account cannot be ended from another one: a statement that still runs when holdTimeoutMs is over goes on.',
        { advice: 'Connect to the server itself where a proxy does not pass KILL on.' },
      )
    }
    const admin = flavour === 'mysql' ? 'CONNECTION_ADMIN' : 'CONNECTION ADMIN'
    if (privileges.some((privilege) => ['ALL PRIVILEGES', 'SUPER', admin].includes(privilege))) {
      return ok('This account may end its own connections (tried: the lock is free then) and those of others.')
    }
    return ok(
      'This account may end its own connections (tried: the lock is free then), which is all that the library needs.',
      { advice: `For ormutex kill to end those of other accounts, too, grant ${admin}${beside(flavour)}.` },
    )
  },
}

/** MySQL 8.4 manual, section 8.2.11: without it nobody touches those who have it. */
function beside(flavour: Answer['flavour']): string {
  return flavour === 'mysql' ? ', and SYSTEM_USER for accounts that have that' : ''
}

async function endsOwn({ locking, open, witnesses: [first] }: Patient): Promise<boolean | undefined> {
  const key = newKey()
  const victim = await open()
  const victimId = await locking.take(victim.query, key, 0)
  // On another server the id may be somebody else's.
  if (victimId === undefined || (await locking.holderOf(first.query, key)) !== victimId) return undefined
  try {
    await first.query(`KILL ${Number(victimId)}`)
  } catch (error) {
    if (serverErrno(error) === undefined) throw error
    return false
  }
  const isFree = (await locking.take(first.query, key, PATIENCE_MS)) !== undefined
  if (isFree) await locking.release(first.query, key)
  return isFree
}

/** Of a row of SHOW GRANTS: what it grants on `*.*`. */
function globalPrivileges(grant: string): string[] {
  return /^GRANT (.+) ON \*\.\* TO /.exec(grant)?.[1]?.split(', ') ?? []
}
