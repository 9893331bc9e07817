import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { fetchServer, FLAVOURS, parseFlavour, startServer, type Source, until } from '@ormutex-test/servers'
import { flavourOfVersion } from '@ormutex-test/servers/flavour'
import { isAlive } from '@ormutex-test/servers/process-alive'
import { ask, refuses } from './ask.js'

const FETCH_TIMEOUT_MS = 15 * 60_000
/** What is promised for a killed parent; taking a container down is Docker's to be quick with. */
const END_MS: Record<Source, number> = { path: 2_000, packages: 2_000, docker: 30_000, url: 0 }

describe('a flavour', () => {
  it('has one of two names', () => {
    assert.deepEqual(FLAVOURS.map(parseFlavour), ['mysql', 'mariadb'])
    assert.throws(() => parseFlavour('MySQL'), /expected one of mysql, mariadb, got "MySQL"/)
  })
})

for (const flavour of FLAVOURS) {
  describe(`a server of ${flavour}`, function () {
    this.timeout(120_000)
    this.slow(5_000)

    let source: Source
    before(async function () {
      this.timeout(FETCH_TIMEOUT_MS)
      source = await fetchServer(flavour, { log: (line) => console.log(line) })
    })

    it('answers with a fresh database, and leaves nothing when it is stopped', async () => {
      const server = await startServer(flavour)
      assert.equal(server.source, source)
      assert.equal(server.flavour, flavour)
      assert.equal(flavourOfVersion(await ask(server.url, 'SELECT VERSION()')), flavour)
      assert.equal(await ask(server.url, 'SELECT VERSION()'), server.version)
      assert.equal(await ask(server.url, 'SELECT DATABASE()'), server.database)
      const tables = `SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = '${server.database}'`
      assert.equal(await ask(server.url, tables), '0')
      const data = await ask(server.url, 'SELECT @@datadir')
      const { pid } = server
      if (pid !== undefined) assert.ok(isAlive(pid) && existsSync(data))

      await server.stop()
      assert.ok(await refuses(server.url))
      if (pid === undefined) return
      assert.equal(isAlive(pid), false)
      assert.equal(existsSync(data), false)
    })

    it('makes databases, and its account may do everything in them', async () => {
      const server = await startServer(flavour)
      try {
        const name = await server.createDatabase()
        assert.notEqual(name, server.database)
        await ask(server.url, `CREATE TABLE ${name}.t AS SELECT 7 AS seven`)
        assert.equal(await ask(server.url, `SELECT seven FROM ${name}.t`), '7')
        await assert.rejects(server.createDatabase(name), /exists/)
      } finally {
        await server.stop()
      }
    })

    it('takes settings', async function () {
      const settings = { 'max-connections': 123 }
      if (source === 'url') {
        await assert.rejects(startServer(flavour, { settings }), /cannot be given settings/)
        return
      }
      const server = await startServer(flavour, { settings })
      try {
        assert.equal(await ask(server.url, 'SELECT @@max_connections'), '123')
      } finally {
        await server.stop({ graceful: true })
      }
    })

    it('tells what it died of when it cannot start', async () => {
      if (source === 'url') return
      await assert.rejects(startServer(flavour, { settings: { 'no-such-setting': 1 } }), /no-such-setting/)
    })

    it('tells when it is killed, and leaves nothing', async () => {
      const server = await startServer(flavour)
      try {
        if (server.pid === undefined) return
        const data = await ask(server.url, 'SELECT @@datadir')
        process.kill(server.pid, 'SIGKILL')
        const exit = await server.exited
        assert.equal(exit.signal, 'SIGKILL')
        assert.ok(exit.log.some((line) => line.includes('ready for connections')))
        await until('its data is gone', () => !existsSync(data), 2_000)
      } finally {
        await server.stop()
      }
    })

    it('ends when its parent is killed', async () => {
      const script = fileURLToPath(new URL('parent.js', import.meta.url))
      const parent = spawn(process.execPath, [script, flavour], { stdio: ['ignore', 'pipe', 'inherit'] })
      const [line] = (await once(createInterface({ input: parent.stdout }), 'line')) as [string]
      const { url, pid } = JSON.parse(line) as { url: string; pid?: number }
      const data = await ask(url, 'SELECT @@datadir')
      parent.kill('SIGKILL')
      await once(parent, 'exit')
      if (source === 'url') {
        assert.equal(await ask(url, 'SELECT 1'), '1')
        return
      }
      await until('nobody listens', () => refuses(url), END_MS[source])
      if (pid === undefined) return
      await until('nothing is left', () => !isAlive(pid) && !existsSync(data), END_MS[source])
    })

    it('starts beside others', async () => {
      const servers = await Promise.all([startServer(flavour), startServer(flavour), startServer(flavour)])
      try {
        const places = servers.map(({ port, database }) => `${port} ${database}`)
        assert.equal(new Set(places).size, 3)
        if (flavour === 'mysql' && source !== 'url') {
          const uuids = await Promise.all(servers.map(({ url }) => ask(url, 'SELECT @@server_uuid')))
          assert.equal(new Set(uuids).size, 3)
        }
      } finally {
        await Promise.all(servers.map((server) => server.stop()))
      }
    })
  })
}
