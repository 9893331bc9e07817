import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { createConnection } from 'mysql2/promise'
import {
  fetchServer,
  FLAVOURS,
  startServer,
  type Flavour,
  type Source,
  type TestServer,
  until,
} from '@ormutex-test/servers'
import { isAlive } from '@ormutex-test/servers/process-alive'
import { startAtUrl } from '@ormutex-test/servers/start-url'
import { ask, refuses } from './ask.js'

const FETCH_TIMEOUT_MS = 15 * 60_000
const PORT_TAKEN_MS = 300
/** For what has nothing to do with the flavour. */
const QUICKEST: Flavour = 'mariadb'

/** Commits rows one after the other until the server is gone, and tells how many commits were answered. */
async function commitUntilGone(url: string): Promise<number> {
  const connection = await createConnection({ uri: url })
  connection.on('error', () => {})
  let committed = 0
  try {
    for (;;) {
      await connection.query('INSERT INTO t VALUES ()')
      committed += 1
    }
  } catch {
    connection.destroy()
  }
  return committed
}

const hasExited = (server: TestServer) =>
  Promise.race([server.exited.then(() => true), new Promise<false>((resolve) => setImmediate(resolve, false))])

for (const flavour of FLAVOURS) {
  describe(`a server of ${flavour} that is halted`, function () {
    this.timeout(60_000)
    this.slow(5_000)

    let server: TestServer
    before(async function () {
      this.timeout(FETCH_TIMEOUT_MS)
      await fetchServer(flavour, { log: (line) => console.log(line) })
      server = await startServer(flavour)
    })
    after(() => server.stop())

    it('has every commit that it answered when it is resumed after a crash', async function () {
      if (!server.canHalt) {
        await assert.rejects(server.halt(), /to halt and resume; this one's source is (docker|url)/)
        return
      }
      await ask(server.url, 'CREATE TABLE t (id INT PRIMARY KEY AUTO_INCREMENT)')
      const { pid, url } = server
      assert.ok(pid !== undefined && isAlive(pid))
      const committing = [1, 2, 3].map(() => commitUntilGone(url))
      await until('they commit', async () => Number(await ask(url, 'SELECT COUNT(*) FROM t')) > 100, 5_000)

      const exit = await server.halt()
      assert.equal(exit.signal, 'SIGKILL')
      assert.equal(isAlive(pid), false)
      assert.equal(server.pid, undefined)
      assert.ok(await refuses(url))
      const committed = (await Promise.all(committing)).reduce((sum, count) => sum + count)
      assert.ok(committed > 100)

      await server.resume()
      assert.notEqual(server.pid, pid)
      assert.ok(server.pid !== undefined && isAlive(server.pid))
      // Of each connection the last commit may have been done and not answered.
      const found = Number(await ask(url, 'SELECT COUNT(*) FROM t'))
      assert.ok(found >= committed && found <= committed + 3, `${committed} commits were answered, ${found} are there`)
      assert.equal(await hasExited(server), false)
    })

    it('has shut down by itself when it is halted gracefully', async () => {
      if (!server.canHalt) return
      const rows = await ask(server.url, 'SELECT COUNT(*) FROM t')
      await assert.rejects(server.resume(), /expected a server that is halted, this one is running/)
      const halting = server.halt({ graceful: true })
      await assert.rejects(server.halt(), /expected a server that is running, this one is halting/)
      const exit = await halting
      assert.deepEqual([exit.code, exit.signal], [0, null])
      await assert.rejects(server.halt(), /expected a server that is running, this one is halted/)
      await server.resume()
      assert.equal(await ask(server.url, 'SELECT COUNT(*) FROM t'), rows)
    })

    it('waits for its port when it is resumed', async () => {
      if (!server.canHalt) return
      await server.halt()
      const squatter = createServer((socket) => socket.destroy()).listen(server.port, '127.0.0.1')
      await once(squatter, 'listening')
      setTimeout(() => squatter.close(), PORT_TAKEN_MS)
      await server.resume()
      assert.equal(squatter.listening, false)
      assert.equal(await ask(server.url, 'SELECT 1'), '1')
    })

    it('is not one that a URL leads to', async () => {
      const other = await startAtUrl(flavour, server.url)
      try {
        assert.equal(other.canHalt, false)
        await assert.rejects(other.halt(), /this one's source is url/)
        await assert.rejects(other.resume(), /this one's source is url/)
      } finally {
        await other.stop()
      }
    })

    it('leaves nothing when it is stopped', async () => {
      if (!server.canHalt) return
      const data = await ask(server.url, 'SELECT @@datadir')
      await server.halt()
      assert.ok(existsSync(data))
      await server.stop()
      assert.equal(existsSync(data), false)
      assert.equal((await server.exited).signal, 'SIGKILL')
    })
  })
}

describe('a server that has been halted', function () {
  this.slow(3_000)

  let source: Source
  before(async function () {
    this.timeout(FETCH_TIMEOUT_MS)
    source = await fetchServer(QUICKEST, { log: (line) => console.log(line) })
  })

  it('tells what it died of when it cannot be resumed, and leaves nothing', async () => {
    const broken = await startServer(QUICKEST)
    try {
      if (!broken.canHalt) return
      const data = await ask(broken.url, 'SELECT @@datadir')
      await broken.halt()
      await rm(join(data, 'ibdata1'))
      await assert.rejects(broken.resume(), /ibdata1/)
      await until('its data is gone', () => !existsSync(data), 2_000)
      await assert.rejects(broken.resume(), /expected a server that is halted/)
    } finally {
      await broken.stop()
    }
  })

  it('ends with its parent when it has been resumed', async () => {
    if (source === 'docker' || source === 'url') return
    const script = fileURLToPath(new URL('parent.js', import.meta.url))
    const parent = spawn(process.execPath, [script, QUICKEST, 'resumed'], { stdio: ['ignore', 'pipe', 'inherit'] })
    const [line] = (await once(createInterface({ input: parent.stdout }), 'line')) as [string]
    const { url, pid } = JSON.parse(line) as { url: string; pid: number }
    const data = await ask(url, 'SELECT @@datadir')
    assert.ok(isAlive(pid))
    parent.kill('SIGKILL')
    await until('nothing is left', () => !isAlive(pid) && !existsSync(data), 2_000)
  })
})
