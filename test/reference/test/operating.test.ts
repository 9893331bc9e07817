import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { PrometheusExporter, PrometheusSerializer } from '@opentelemetry/exporter-prometheus'
import { MeterProvider } from '@opentelemetry/sdk-metrics'
import { surveyLocks } from '@ormutex/core/sql'
import { OrmutexInstrumentation } from '@ormutex/opentelemetry'
import { until } from '@ormutex-test/servers'
import { type Connection, createConnection, type RowDataPacket } from 'mysql2/promise'
import { bothLocksOf } from './both-locks.js'
import { FLAVOURS } from './flavours.js'
import { Page } from './page.js'
import { PROVOCATIONS } from './provoked.js'
import { Scene } from './scene.js'

const page = new Page('operating.md')

/** An account without any privilege but for its own tables. */
const APPLICATION = { user: 'app', password: 'app' }

/** The statements of a block, without what is said beside them. */
function statementsOf(sql: string): string[] {
  return sql
    .replace(/--.*$/gm, '')
    .split(';')
    .map((statement) => statement.trim())
    .filter((statement) => statement !== '')
}

for (const flavour of FLAVOURS) {
  describe(`the page on operating, on ${flavour}`, () => {
    let scene: Scene
    let watcher: Connection

    before(async () => {
      scene = await Scene.on(flavour)
      for (const statement of statementsOf(page.marked(`rights on ${flavour}`))) {
        await scene.administrator.query(statement)
      }
      await scene.administrator.query(`CREATE USER app IDENTIFIED BY 'app'`)
      const { host, port } = scene.server
      watcher = await createConnection({ host, port, user: 'lockwatch', password: 'choose-one' })
    })

    after(async () => {
      await watcher.end()
      await scene.administrator.query('DROP USER lockwatch, app')
      await scene.close()
    })

    const watch = async (sql: string): Promise<RowDataPacket[]> => (await watcher.query<RowDataPacket[]>(sql))[0]

    it('has rights with which nothing is hidden that the server can show, nor who keeps a row locked', async () => {
      const { hidden } = await surveyLocks(watch)
      if (flavour === 'mysql') assert.deepEqual(hidden, [])
      // What is left is a setting of the server's.
      else for (const sentence of hidden) assert.match(sentence, /performance_schema is off/)
      assert.deepEqual(await watch('SELECT * FROM sys.innodb_lock_waits'), [])
    })

    it('has statements that show who has a lock and who waits, and one that ends its holder and nobody else', async () => {
      const [holder, waiting] = ['web-1:4711', 'web-2:812'].map((label) => scene.open({ label }, APPLICATION))
      const lock = await holder!.acquireNamedLock('user:42')
      const wait = waiting!.acquireNamedLock('user:42')
      const waiter = await scene.waitingSession()
      const rows = await watch(page.marked(`watching on ${flavour}`))
      const session = (row: RowDataPacket | undefined): string => String(row?.['session'] ?? row?.['id'])
      if (flavour === 'mysql') {
        assert.deepEqual(
          rows.map((row) => [row['lock_key'], row['status'], session(row), row['label']]),
          [
            [lock.key, 'GRANTED', lock.sessionId, 'web-1:4711'],
            [lock.key, 'PENDING', waiter, 'web-2:812'],
          ],
        )
      } else {
        assert.deepEqual(rows.map(session), [waiter])
        assert.ok(String(rows[0]!['info']).includes(lock.key))
      }
      const [held] = await watch(page.marked('holder'))
      assert.equal(String(Object.values(held!)[0]), lock.sessionId)
      const [process] = await watch(page.marked('port'))
      assert.equal(String(process!['id']), lock.sessionId)
      assert.match(process!['host'], /^\S+:\d+$/)

      const kill = page.marked('kill')
      // Nobody's id, as after a restart of the server.
      await assert.rejects(watcher.query(kill.replaceAll('13', '4000000000')), { message: 'Unknown thread id: 0' })
      assert.equal(lock.signal.aborted, false)
      const lost = once(lock.signal, 'abort')
      await watcher.query(kill.replaceAll('13', lock.sessionId))
      await lost
      const next = await wait
      assert.equal(next.sessionId, waiter)
      await next.release()
    })

    it('says truly what a switch to read-only and a global read lock do to a COMMIT', async () => {
      const { administrator, server } = scene
      const database = await server.createDatabase()
      await administrator.query(`CREATE TABLE ${database}.kept (id INT)`)
      await administrator.query(`GRANT ALL ON ${database}.* TO app`)
      const db = scene.open({}, { ...APPLICATION, database })
      /** How a COMMIT ends that is sent after one statement and before another one, which comes when `isSeen` says so. */
      const committing = async (
        begin: string,
        end: string,
        isSeen: (outcome: Promise<unknown>) => Promise<unknown>,
      ) => {
        let goOn!: () => void
        const onward = new Promise<void>((resolve) => (goOn = resolve))
        let isWritten!: () => void
        const written = new Promise<void>((resolve) => (isWritten = resolve))
        const call = db.withNamedLock('kept', async (trx) => {
          await trx('kept').insert({ id: 1 })
          isWritten()
          await onward
        })
        const outcome = call.then(
          () => 'committed',
          (error: { code?: unknown }) => error.code,
        )
        await Promise.race([written, call])
        await administrator.query(begin)
        goOn()
        try {
          await isSeen(outcome)
        } finally {
          await administrator.query(end)
        }
        return outcome
      }
      const isWaiting = async (): Promise<boolean> => {
        const [rows] = await administrator.query<RowDataPacket[]>(
          `SELECT id FROM information_schema.processlist WHERE db = ? AND state IN ('Waiting for commit lock', 'Waiting for backup lock')`,
          [database],
        )
        return rows.length > 0
      }
      assert.equal(
        await committing('SET GLOBAL read_only = ON', 'SET GLOBAL read_only = OFF', (outcome) => outcome),
        'ER_OPTION_PREVENTS_STATEMENT',
      )
      assert.deepEqual(await db('kept'), [])
      assert.equal(
        await committing('FLUSH TABLES WITH READ LOCK', 'UNLOCK TABLES', () => until('COMMIT waits', isWaiting)),
        'committed',
      )
      assert.equal((await db('kept')).length, 1)
    })

    it('has a way to another namespace on which everybody excludes their neighbours', async () => {
      const [before, between, after] = [
        scene.open({ namespace: 'shop' }),
        scene.open({ namespace: 'store' }),
        scene.open({ namespace: 'store' }),
      ]
      const withBothLocks = bothLocksOf(between)
      const own = readFileSync(new URL('../test/both-locks.ts', import.meta.url), 'utf8')
      const bodyOf = (text: string): string =>
        /\(name, callback, options\) =>[^]*?options,\s*\)/.exec(text)![0].replace(/\s+/g, ' ')
      assert.equal(bodyOf(page.marked('both')), bodyOf(own))
      for (const name of ['user:42', ['user:42', 'user:43']]) {
        await withBothLocks(name, async () => {
          for (const neighbour of [before, after]) assert.equal(await neighbour.tryAcquireNamedLock('user:42'), null)
        })
        for (const neighbour of [before, after]) {
          await using _ = await neighbour.acquireNamedLock('user:42')
          await assert.rejects(bothTried(withBothLocks, name), { code: 'LOCK_TIMEOUT' })
        }
      }
    })
  })
}

/** With the old lock asked for in vain, the default wait of the inner call would be long. */
function bothTried(withBothLocks: ReturnType<typeof bothLocksOf>, name: string | string[]): Promise<void> {
  return withBothLocks(name, () => assert.fail('ran'), { timeoutMs: 200 })
}

describe('the page on operating', () => {
  it('has alerts on metrics and attributes that a Prometheus exporter shows', async () => {
    const exporter = new PrometheusExporter({ preventServerStart: true })
    const provider = new MeterProvider({ readers: [exporter] })
    const instrumentation = new OrmutexInstrumentation()
    instrumentation.setMeterProvider(provider)
    const scene = await Scene.on('mysql')
    try {
      for (const mark of ['taken on mysql', 'pool', 'deadlock', 'lost', 'commit unknown', 'no server']) {
        await PROVOCATIONS[mark]!(scene).catch(() => {})
      }
      const { resourceMetrics } = await exporter.collect()
      const exposed = new PrometheusSerializer().serialize(resourceMetrics)
      const alerts = page.marked('alerts')
      const wanted = [...alerts.matchAll(/(ormutex_\w+?)(?:\{(\w+)="([^"]+)"\})?(?=[ )[])/g)]
      assert.ok(wanted.length >= 10)
      for (const [expression, metric, label, value] of wanted) {
        const series = exposed.split('\n').filter((line) => line.startsWith(`${metric}{`))
        assert.ok(series.length > 0, `nobody exposes ${metric}`)
        if (label !== undefined) {
          assert.ok(
            series.some((line) => line.includes(`${label}="${value}"`)),
            expression,
          )
        }
      }
      const names = page.rowsUnder('Alerts').map(([metric = '']) => /`(ormutex\.[\w.]+)`/.exec(metric)![1]!)
      for (const name of names) assert.ok(exposed.includes(name.replaceAll('.', '_')), name)
    } finally {
      instrumentation.disable()
      await scene.close()
      await provider.shutdown()
    }
  })
})
