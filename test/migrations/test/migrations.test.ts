import assert from 'node:assert/strict'
import { FLAVOURS, sharedServer, until } from '@ormutex-test/servers'
import { type Connection, createConnection, type RowDataPacket } from 'mysql2/promise'
import { Deployment } from './deployment.js'

/** How many hosts deploy at once. */
const HOSTS = 4

const TOOLS = {
  knex: 'knex migrate:latest --knexfile knex/knexfile.js',
  'sequelize-cli':
    'sequelize-cli db:migrate --env production --config sequelize/config.cjs --migrations-path sequelize/migrations',
}

const PRISMA = 'prisma migrate deploy --config prisma/prisma.config.js'

/** Prisma looks for engines that this deployment does not use, and downloads what it does not find; any file will do. */
const FOR_PRISMA = {
  PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
  PRISMA_QUERY_ENGINE_LIBRARY: process.execPath,
  PRISMA_HIDE_UPDATE_MESSAGE: '1',
  CHECKPOINT_DISABLE: '1',
}

const ONE_AFTER_THE_OTHER = Array.from({ length: HOSTS }, () => ['begin', 'end']).flat()

for (const flavour of FLAVOURS) {
  describe(`Migrations on ${flavour}`, () => {
    let gate: Connection
    let database: string
    let deployment: Deployment

    beforeEach(async () => {
      const server = await sharedServer(flavour)
      database = await server.createDatabase()
      const url = new URL(server.url)
      url.pathname = `/${database}`
      gate = await createConnection(url.href)
      // The migration waits for it, as if it had much to do.
      await gate.query(`DO GET_LOCK('gate ${database}', 0)`)
      deployment = new Deployment({ DATABASE_URL: url.href, ...FOR_PRISMA })
    })

    afterEach(async () => {
      await gate.end()
      deployment.remove()
    })

    async function steps(): Promise<string[]> {
      const [tables] = await gate.query<RowDataPacket[]>("SHOW TABLES LIKE 'migration_steps'")
      if (tables.length === 0) return []
      const [rows] = await gate.query<RowDataPacket[]>('SELECT step FROM migration_steps')
      return rows.map((row) => row['step'] as string)
    }

    async function waiting(): Promise<number> {
      const [rows] = await gate.query<RowDataPacket[]>(
        "SELECT COUNT(*) AS waiting FROM information_schema.processlist WHERE DB = ? AND STATE = 'User lock'",
        [database],
      )
      return rows[0]!['waiting'] as number
    }

    const openGate = () => gate.query(`DO RELEASE_LOCK('gate ${database}')`)

    for (const [name, tool] of Object.entries(TOOLS)) {
      it(`${name}: under ormutex run, ${HOSTS} hosts at once run one after the other, and all succeed`, async () => {
        deployment.letThrough(HOSTS)
        const hosts = Array.from({ length: HOSTS }, () => deployment.deploy(tool, true))
        await until('one migrates and the others wait', async () => (await waiting()) === HOSTS)
        assert.deepEqual(await steps(), ['begin'])
        assert.deepEqual(deployment.runs, ['begin'])
        await openGate()
        for (const { code, output } of await Promise.all(hosts)) assert.equal(code, 0, output)
        assert.deepEqual(await steps(), ['begin', 'end'])
        assert.deepEqual(deployment.runs, ONE_AFTER_THE_OTHER)
      })
    }

    // Once is enough: it is the tools that do so, and Prisma's database is not this one.
    if (flavour !== 'mysql') return

    it(`prisma: under ormutex run, ${HOSTS} hosts at once run one after the other, and all succeed`, async function () {
      // Each run takes a processor for a second or two.
      this.timeout(60_000)
      const deployed = Promise.all(Array.from({ length: HOSTS }, () => deployment.deploy(PRISMA, true)))
      await until(
        'one runs and the others wait',
        async () => (await waiting()) === HOSTS - 1 && deployment.runs.length > 0,
      )
      assert.deepEqual(deployment.runs, ['begin'])
      deployment.letThrough(HOSTS)
      const hosts = await deployed
      for (const { code, output } of hosts) assert.equal(code, 0, output)
      assert.deepEqual(deployment.runs, ONE_AFTER_THE_OTHER)
      const saying = (text: string) => hosts.filter(({ output }) => output.includes(text)).length
      assert.equal(saying('All migrations have been successfully applied'), 1)
      assert.equal(saying('No pending migrations to apply'), HOSTS - 1)
    })

    it('knex: without the lock the second one fails, since it finds the first at work', async () => {
      deployment.letThrough(2)
      const first = deployment.deploy(TOOLS.knex, false)
      await until('it migrates', async () => (await waiting()) === 1)
      const second = await deployment.deploy(TOOLS.knex, false)
      assert.equal(second.code, 1)
      assert.match(second.output, /Migration table is already locked/)
      await openGate()
      assert.equal((await first).code, 0)
      assert.deepEqual(deployment.runs, ['begin', 'begin', 'end', 'end'])
    })

    it('sequelize-cli: without the lock both run the same migration, and one fails when it is to be noted', async () => {
      deployment.letThrough(2)
      const hosts = [deployment.deploy(TOOLS['sequelize-cli'], false), deployment.deploy(TOOLS['sequelize-cli'], false)]
      await until('both migrate', async () => (await waiting()) === 2)
      assert.deepEqual(await steps(), ['begin', 'begin'])
      await openGate()
      const codes = (await Promise.all(hosts)).map(({ code }) => code)
      assert.deepEqual(
        codes.toSorted((a, b) => a! - b!),
        [0, 1],
      )
      assert.deepEqual(await steps(), ['begin', 'begin', 'end', 'end'])
    })
  })
}
