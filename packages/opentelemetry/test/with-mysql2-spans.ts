// A process with the instrumentation of mysql2, which has to be registered before mysql2 is loaded. Its argument is a server's URL; it
// prints its spans.
import { createRequire } from 'node:module'
import { registerInstrumentations } from '@opentelemetry/instrumentation'
import { MySQL2Instrumentation } from '@opentelemetry/instrumentation-mysql2'
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base'
import { namedLocks } from '@ormutex/mysql2'
import { OrmutexInstrumentation } from '@ormutex/opentelemetry'
import type * as mysql2 from 'mysql2/promise'
import { idOf, parentOf, Recorder } from './recorder.js'

const recorder = new Recorder()
registerInstrumentations({
  instrumentations: [new MySQL2Instrumentation(), new OrmutexInstrumentation()],
  tracerProvider: recorder.tracerProvider,
})
const { createPool } = createRequire(import.meta.url)('mysql2/promise') as typeof mysql2
const pool = createPool(process.argv[2]!)
const locks = namedLocks(pool, { namespace: 'shop' })
// What is asked once of a server is not what this is about.
await (await locks.acquireNamedLock('another')).release()
await recorder.within('caller', () =>
  locks.withNamedLock('a', async (connection) => {
    await connection.query('SELECT 7')
    await connection.withNamedLock('b', () => connection.query('SELECT 8'))
  }),
)
await pool.end()
const labels = new Map(recorder.spans.map((span) => [idOf(span), labelOf(span)]))
const { traceId } = recorder.spanOf('caller').spanContext()
for (const span of recorder.spans) {
  if (span.spanContext().traceId !== traceId) continue
  console.log(`${labels.get(idOf(span))} in ${labels.get(parentOf(span) ?? '') ?? 'nothing'}`)
}

function labelOf({ name, attributes }: ReadableSpan): string {
  const statement = attributes['db.query.text'] ?? attributes['db.statement']
  if (typeof statement === 'string') return /GET_LOCK|RELEASE_LOCK|^\w+( \d)?$/.exec(statement)?.[0] ?? statement
  return [name, attributes['ormutex.lock.use']].join(' ').trim()
}
