import type { Dialect, Query } from '../dialect.js'
import { shown } from '../shown.js'
import { serverErrno } from '../sql-errors.js'
import type { Sight } from './see-locks.js'
import type { Survey } from './surveyed.js'

/** Whether performance_schema has the locks; `instrument off` is only known to who may read it. */
type Locks = 'shown' | 'denied' | 'schema off' | 'instrument off'

const INSTRUMENT = 'wait/lock/metadata/sql/mdl'
const READ_SCHEMA = 'GRANT SELECT ON performance_schema.*'
const SCHEMA_ON = 'performance_schema = ON in its configuration and a restart'

/** What a survey does not show. */
export async function describeHidden(
  query: Query,
  server: Dialect['name'],
  sight: Sight,
): Promise<Pick<Survey, 'hidden' | 'listsHeld'>> {
  const isSchemaOn = await hasSchema(query)
  const sentences: string[] = []
  const locks = await locksShown(query, sight, isSchemaOn)
  const listsHeld = locks === 'shown' || sight.hasPlugin
  if (locks !== 'shown' && !sight.hasPlugin) sentences.push(describeLocks(server, locks))
  const labels = describeLabels(sight, isSchemaOn)
  if (labels !== undefined) sentences.push(labels)
  if (!sight.areSessionsAll && !(await hasProcess(query))) {
    const waiters = locks === 'shown' ? '' : ', and those of them that wait for a lock are not listed'
    sentences.push(
      `Sessions of other accounts are shown by their id alone${waiters}: this account lacks the PROCESS privilege. GRANT PROCESS ON *.* shows them.`,
    )
  }
  if (sight.namelessWaiters > 0) {
    const [sessions, their] = sight.namelessWaiters === 1 ? ['session waits', 'its'] : ['sessions wait', 'their']
    sentences.push(
      `${sight.namelessWaiters} ${sessions} for a lock that ${their} statement does not name; for which one cannot be told here.`,
    )
  }
  return { hidden: sentences, listsHeld }
}

async function hasSchema(query: Query): Promise<boolean> {
  const rows = await query("SHOW GLOBAL VARIABLES LIKE 'performance_schema'")
  return String(rows[0]?.['Value']).toUpperCase() === 'ON'
}

async function locksShown(query: Query, { mayReadLocks }: Sight, isSchemaOn: boolean): Promise<Locks> {
  if (!isSchemaOn) return 'schema off'
  if (!mayReadLocks) return 'denied'
  const rows = await shown(
    query,
    `SELECT ENABLED AS enabled FROM performance_schema.setup_instruments WHERE NAME = '${INSTRUMENT}'`,
  )
  return rows !== undefined && String(rows[0]?.['enabled']) !== 'YES' ? 'instrument off' : 'shown'
}

const WHY: Readonly<Record<Exclude<Locks, 'shown'>, string>> = {
  denied: 'this account may not read performance_schema',
  'schema off': "the server's performance_schema is off",
  'instrument off': `performance_schema's instrument ${INSTRUMENT} is off`,
}

const REMEDIES: Readonly<Record<Exclude<Locks, 'shown'>, string>> = {
  denied: `${READ_SCHEMA} shows them`,
  'schema off': `${SCHEMA_ON} shows them`,
  'instrument off': `UPDATE performance_schema.setup_instruments SET ENABLED = 'YES' WHERE NAME = '${INSTRUMENT}' shows those that are taken from then on`,
}

function describeLocks(server: Dialect['name'], locks: Exclude<Locks, 'shown'>): string {
  const remedy = server === 'mariadb' ? "INSTALL SONAME 'metadata_lock_info' shows them" : REMEDIES[locks]
  const why = server === 'mariadb' ? `${WHY[locks]} and its plugin METADATA_LOCK_INFO is not installed` : WHY[locks]
  return `Locks that nobody waits for are not listed, other than those that were asked for by name: ${why}. ${remedy}.`
}

function describeLabels({ attributesOf }: Sight, isSchemaOn: boolean): string | undefined {
  if (!isSchemaOn)
    return `Labels and namespaces are not shown: the server's performance_schema is off. ${SCHEMA_ON} shows them.`
  if (attributesOf === 'all') return undefined
  const whose = attributesOf === 'own' ? ' of the sessions of other accounts' : ''
  return `Labels and namespaces${whose} are not shown: this account may not read performance_schema. ${READ_SCHEMA} shows them.`
}

/** ER_SPECIFIC_ACCESS_DENIED_ERROR. */
const ER_SPECIFIC_ACCESS_DENIED = 1227

/** Whether the account has the PROCESS privilege, also by a role: this table of both servers is for such accounts only, and small. */
async function hasProcess(query: Query): Promise<boolean> {
  try {
    await query('SELECT 1 FROM information_schema.INNODB_CMP LIMIT 1')
  } catch (error) {
    const errno = serverErrno(error)
    if (errno === undefined) throw error
    return errno !== ER_SPECIFIC_ACCESS_DENIED
  }
  return true
}
