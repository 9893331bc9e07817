import assert from 'node:assert/strict'
import { inspect } from 'node:util'
import { startGalera, type GaleraCluster, type TestServer } from '@ormutex-test/servers'
import { ask, eventually, grantsOf } from './asking.js'
import { counterOn, CREATE_COUNTERS } from './counters.js'
import { nameOf, raiseEach, refusesEach, whileHeld } from './each-adapter.js'
import { outcomeOf } from './held-call.js'
import { ADAPTER_NAMES, withClients } from './locking-client.js'
import { serverErrnoOf } from './server-errno.js'

const COMPANY = {
  code: 'LOCK_UNSUPPORTED',
  message: /one of the 2 nodes of a Galera cluster.*allowNodeLocalLocks: true/,
}
const CUT_OFF = { code: 'LOCK_UNSUPPORTED', message: /cut off from it \(wsrep_cluster_status is non-Primary\)/ }

/** ER_UNKNOWN_COM_ERROR: "WSREP has not yet prepared node for application use". */
const NOT_READY = 1047

const statusOf = async (node: TestServer, name = 'wsrep_cluster_status') =>
  (await ask<{ Value: string }>(node, `SHOW STATUS LIKE '${name}'`))[0]?.Value

/** Waits for a node that is one of so many, and answers statements: that comes a moment after it knows of the others. */
async function isOneOf(count: number, node: TestServer): Promise<void> {
  await eventually(`one of ${count} nodes`, async () => {
    const size = await statusOf(node, 'wsrep_cluster_size')
    const isPrimary = (await statusOf(node)) === 'Primary'
    return (size === String(count) && isPrimary && (await statusOf(node, 'wsrep_ready')) === 'ON') || undefined
  })
}

describe('a Galera cluster', function () {
  this.timeout(60_000)
  this.slow(10_000)

  let cluster: GaleraCluster
  let one: TestServer
  let other: TestServer
  before(async function () {
    this.timeout(15 * 60_000)
    cluster = await startGalera()
    ;[one, other] = cluster.nodes as [TestServer, TestServer]
    await ask(one, CREATE_COUNTERS)
  })
  after(() => cluster?.stop())

  it('grants one lock on each node at the same time', async () => {
    assert.deepEqual(await grantsOf(cluster.nodes), [1, 1])
  })

  it('is refused on each node', async () => {
    for (const node of cluster.nodes) await withClients(node, undefined, (clients) => refusesEach(clients, COMPANY))
  })

  it('is taken when the caller says that all go to one node, and there a lock excludes', async () => {
    await withClients(one, { allowNodeLocalLocks: true }, async (clients) => {
      await Promise.all(
        Object.values(clients).flatMap((client) =>
          Array.from({ length: 5 }, () =>
            client.withLock('a', async (send) => {
              const before = (await counterOn(one, 'a')) ?? 0
              await send(`REPLACE INTO counters VALUES ('a', ${before + 1})`)
            }),
          ),
        ),
      )
    })
    assert.equal(await counterOn(one, 'a'), 5 * ADAPTER_NAMES.length)
  })

  it('refuses a node that is cut off whatever the caller says, and what was not committed by then never is', async () => {
    const { pid } = other
    await withClients(one, { allowNodeLocalLocks: true }, async (clients) => {
      await whileHeld(clients, 'held', async (held) => {
        process.kill(pid!, 'SIGSTOP')
        try {
          await eventually('a node that is cut off', async () => (await statusOf(one)) === 'non-Primary' || undefined)
          assert.deepEqual(await grantsOf([one]), [1])
          await refusesEach(clients, CUT_OFF)
          for (const call of held) call.finish()
          for (const call of held) {
            const { error } = await outcomeOf(call)
            assert.equal(serverErrnoOf(error), NOT_READY, inspect(error))
          }
        } finally {
          process.kill(pid!, 'SIGCONT')
        }
      })
      for (const node of cluster.nodes) await isOneOf(2, node)
      for (const node of cluster.nodes) {
        for (const adapter of ADAPTER_NAMES) assert.equal(await counterOn(node, nameOf('held', adapter)), undefined)
      }
      // Nobody has to start anything again.
      await raiseEach(clients, 'held')
    })
  })

  it('that has one node is taken, and refused as soon as another one joins', async () => {
    await other.halt({ graceful: true })
    await isOneOf(1, one)
    await withClients(one, undefined, async (clients) => {
      for (const client of Object.values(clients)) assert.equal(await client.withLock('a', async () => 1), 1)
      await other.resume()
      await refusesEach(clients, COMPANY)
    })
  })
})
