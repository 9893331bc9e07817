import assert from 'node:assert/strict'
import { SpanKind, SpanStatusCode } from '@opentelemetry/api'
import {
  ATTR_DB_NAMESPACE,
  ATTR_DB_SYSTEM_NAME,
  ATTR_SERVER_ADDRESS,
  ATTR_SERVER_PORT,
  DB_SYSTEM_NAME_VALUE_MARIADB,
  DB_SYSTEM_NAME_VALUE_MYSQL,
} from '@opentelemetry/semantic-conventions'
import { lockOn, namedLocks } from '@ormutex/sequelize'
import { FLAVOURS, sharedServer } from '@ormutex-test/servers'
import { DataTypes, Sequelize } from 'sequelize'
import { ADAPTERS } from './opened.js'
import { activeSpanId, idOf, parentOf, recording } from './recorder.js'

const SYSTEMS = { mysql: DB_SYSTEM_NAME_VALUE_MYSQL, mariadb: DB_SYSTEM_NAME_VALUE_MARIADB }

for (const [adapter, open] of Object.entries(ADAPTERS)) {
  for (const flavour of FLAVOURS) {
    it(`${adapter} on ${flavour}: each wait and each hold is a span of the caller's, and the callback runs in the hold's`, async () => {
      const opened = await open(flavour)
      try {
        await recording(async (recorder) => {
          await recorder.within('caller', () =>
            opened.nested('outer', 'inner', async () => {
              recorder.mark('before a turn')
              await new Promise(setImmediate)
              recorder.mark('after it')
            }),
          )
          await recorder.within('job', () => opened.alone('alone', async () => recorder.mark('in the job')))
          assert.equal(activeSpanId(), undefined)

          const { acquires, holds } = {
            acquires: recorder.spansOf('ormutex.acquire'),
            holds: recorder.spansOf('ormutex.hold'),
          }
          const use = 'ormutex.lock.use'
          const [outer, inner, alone] = ['transaction', 'joined', 'session'].map((kind) => ({
            acquire: acquires.find(({ attributes }) => attributes[use] === kind)!,
            hold: holds.find(({ attributes }) => attributes[use] === kind)!,
          }))
          assert.equal(acquires.length, 3)
          assert.equal(holds.length, 3)
          const caller = idOf(recorder.spanOf('caller'))
          assert.equal(parentOf(outer!.acquire), caller)
          assert.equal(parentOf(outer!.hold), caller)
          assert.equal(parentOf(inner!.acquire), idOf(outer!.hold))
          assert.equal(parentOf(inner!.hold), idOf(outer!.hold))
          assert.equal(parentOf(recorder.spanOf('before a turn')), idOf(inner!.hold))
          assert.equal(parentOf(recorder.spanOf('after it')), idOf(inner!.hold))
          const job = idOf(recorder.spanOf('job'))
          assert.deepEqual([alone!.acquire, alone!.hold, recorder.spanOf('in the job')].map(parentOf), [job, job, job])

          const { database, host, port } = await sharedServer(flavour)
          for (const span of [...acquires, ...holds]) {
            assert.equal(span.kind, SpanKind.INTERNAL)
            assert.equal(span.status.code, SpanStatusCode.UNSET)
            assert.equal(span.attributes[ATTR_DB_SYSTEM_NAME], SYSTEMS[flavour])
            assert.equal(span.attributes[ATTR_DB_NAMESPACE], database)
            // Prisma tells nobody where its connections lead to.
            assert.equal(span.attributes[ATTR_SERVER_ADDRESS], adapter === 'prisma' ? undefined : host)
            assert.equal(span.attributes[ATTR_SERVER_PORT], adapter === 'prisma' ? undefined : port)
            assert.equal(span.attributes['ormutex.lock.namespace'], 'shop')
          }
          assert.deepEqual(
            [outer, inner, alone].map((lock) => lock!.hold.attributes['ormutex.hold.outcome']),
            ['committed', 'released', 'released'],
          )
        })
      } finally {
        await opened.close()
      }
    })
  }
}

it('a lock of a model hook is told of, too, and held until the transaction ends', async () => {
  const { url } = await sharedServer('mysql')
  const sequelize = namedLocks(new Sequelize(url, { dialect: 'mysql', logging: false }))
  const Account = sequelize.define('account', { balance: DataTypes.INTEGER })
  await Account.sync()
  lockOn(Account, 'beforeCreate', () => 'account')
  try {
    await recording(async (recorder) => {
      await sequelize.transaction(async (transaction) => {
        await Account.create({ balance: 1 }, { transaction })
        assert.equal(recorder.spansOf('ormutex.hold').length, 0)
      })
      assert.equal(recorder.spanOf('ormutex.acquire').attributes['ormutex.lock.use'], 'joined')
      assert.equal(recorder.spanOf('ormutex.hold').attributes['ormutex.lock.use'], 'joined')
    })
  } finally {
    await Account.drop()
    await sequelize.close()
  }
})
