import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { fetchClusters, startGalera, startGroup, type TestServer } from '@ormutex-test/servers'
import { isAlive } from '@ormutex-test/servers/process-alive'
import { ask } from './ask.js'

const FETCH_TIMEOUT_MS = 15 * 60_000

describe('a cluster', function () {
  this.timeout(120_000)
  this.slow(15_000)

  before(async function () {
    this.timeout(FETCH_TIMEOUT_MS)
    await fetchClusters({ log: (line) => console.log(line) })
  })

  it('of Galera has on each node what is written on the others, and gives it to a node that comes back', async () => {
    const cluster = await startGalera()
    try {
      const [one, other] = cluster.nodes as [TestServer, TestServer]
      assert.deepEqual([one.database, one.user, one.password], [other.database, other.user, other.password])
      const places = await Promise.all(cluster.nodes.map(({ url }) => ask(url, 'SELECT @@datadir')))
      const pids = cluster.nodes.map(({ pid }) => pid ?? 0)
      await ask(one.url, 'CREATE TABLE t (a INT PRIMARY KEY)')
      await ask(other.url, 'SET STATEMENT wsrep_sync_wait = 4 FOR INSERT INTO t VALUES (1)')
      await ask(one.url, 'INSERT INTO t VALUES (2)')
      await other.halt({ graceful: true })
      await other.resume()
      await ask(other.url, 'INSERT INTO t VALUES (4)')
      const sum = 'SET STATEMENT wsrep_sync_wait = 1 FOR SELECT SUM(a) FROM t'
      assert.deepEqual([await ask(one.url, sum), await ask(other.url, sum)], ['7', '7'])
      await cluster.stop()
      assert.deepEqual(places.filter(existsSync), [])
      assert.deepEqual(pids.filter(isAlive), [])
    } finally {
      await cluster.stop()
    }
  })

  it('that cannot start tells what its servers died of', async () => {
    await assert.rejects(startGroup({ members: 2, settings: { 'no-such-setting': 1 } }), /no-such-setting/)
    await assert.rejects(startGroup({ members: 0 }), /from 1 to 9, got 0/)
    await assert.rejects(startGalera({ nodes: 1.5 }), /from 1, got 1.5/)
  })

  it('that does not form tells what its servers have logged', async () => {
    // None of them can be reached at such an address, which only Group Replication looks at.
    const settings = { 'group-replication-local-address': '192.0.2.1:1' }
    await assert.rejects(
      startGroup({ members: 1, settings }),
      /no single-primary group: .*\n\s+server 1: .*192\.0\.2\.1/s,
    )
  })
})
