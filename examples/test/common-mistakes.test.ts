import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { FLAVOURS } from '@ormutex-test/servers'
import { Database } from './database.js'
import { type Balance, type Orm, ORMS } from './orms.js'

/** How each of them says that a row was waited for in vain, and that a query came when its transaction was over. */
const SAYS: Readonly<Record<string, { waited: string; late: string }>> = {
  knex: { waited: 'ER_LOCK_WAIT_TIMEOUT', late: 'Transaction query already complete' },
  sequelize: { waited: 'Lock wait timeout exceeded', late: 'you can no longer use it' },
  prisma: { waited: 'P2039', late: 'P2028' },
  mysql2: { waited: 'ER_LOCK_WAIT_TIMEOUT', late: 'query() comes too late' },
}

const LOCK_WAIT_SECONDS = 1

async function errorOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => assert.fail('It was done'),
    (error: unknown) => error,
  )
}

function textOf(error: unknown): string {
  const { code = '', message } = error as { code?: string; message: string }
  return `${code} ${message}`
}

for (const flavour of FLAVOURS) {
  for (const [name, open] of Object.entries(ORMS)) {
    describe(`Common mistakes with ${name} on ${flavour}`, () => {
      const file = new URL(`../../docs/getting-started/${name}.md`, import.meta.url)
      const page = readFileSync(file, 'utf8').replaceAll(/\s+/g, ' ')
      let database: Database
      let orm: Orm
      let usualLockWait: unknown

      before(async () => {
        database = await Database.open(flavour)
        await database.pool.query('CREATE TABLE accounts (id INT PRIMARY KEY, balance INT NOT NULL)')
        usualLockWait = await database.value('SELECT @@GLOBAL.innodb_lock_wait_timeout')
        await database.pool.query('SET GLOBAL innodb_lock_wait_timeout = ?', [LOCK_WAIT_SECONDS])
        orm = open(database)
      })
      beforeEach(() => database.pool.query('REPLACE INTO accounts VALUES (42, 100)'))
      after(async () => {
        await orm.close()
        await database.pool.query('SET GLOBAL innodb_lock_wait_timeout = ?', [usualLockWait])
        await database.close()
      })

      const balance = (): Promise<unknown> => database.value('SELECT balance FROM accounts WHERE id = 42')

      it('what is written beside the transaction stays when that is rolled back', async () => {
        const mistake = new Error('after a mistake')
        const call = orm.withLock('a', async () => {
          await orm.outside.write(1)
          throw mistake
        })
        await assert.rejects(call, (error) => error === mistake)
        assert.equal(await balance(), 1)
      })

      it('what is written beside it waits for its own transaction, as long as the page says', async () => {
        const call = orm.withLock('a', async (inside) => {
          await inside.write(1)
          await orm.outside.write(2)
        })
        const error = await errorOf(call)
        assert.ok(textOf(error).includes(SAYS[name]!.waited), textOf(error))
        assert.ok(page.includes(SAYS[name]!.waited))
        assert.ok(page.includes(`waits for its own transaction, ${String(usualLockWait)} s`))
        assert.equal(await balance(), 100)
      })

      it('a query after the end of the callback is refused in the words of the page', async () => {
        const kept: Balance[] = []
        await orm.withLock('a', async (inside) => kept.push(inside))
        const error = await errorOf(kept[0]!.write(1))
        assert.ok(textOf(error).includes(SAYS[name]!.late), textOf(error))
        assert.ok(page.includes(SAYS[name]!.late))
        assert.equal(await balance(), 100)
      })

      it('reading before a lock that joins loses an update, and reading after it does not', async () => {
        const spend = async (inside: Balance): Promise<unknown> => inside.write((await inside.read()) - 10)
        await orm.withJoinedLock('a', (inside) => inside.read().then(() => orm.outside.write(50)), spend)
        assert.equal(await balance(), 90)
        await orm.withJoinedLock('a', () => orm.outside.write(50), spend)
        assert.equal(await balance(), 40)
      })

      it('the same name again on the root object is refused at once', async () => {
        const call = orm.withLock('a', () => orm.withLock('a', () => orm.outside.read()))
        await assert.rejects(call, { code: 'LOCK_REENTRY' })
        assert.ok(page.includes('`LOCK_REENTRY`, at once'))
      })
    })
  }
}
