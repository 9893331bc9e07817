import assert from 'node:assert/strict'
import { startReplica, type Replication } from '@ormutex-test/servers'
import { ask, grantsOf } from './asking.js'
import { counterOn, CREATE_COUNTERS, raise } from './counters.js'
import { refusesEach } from './each-adapter.js'
import { withClients } from './locking-client.js'

const REFUSED = { code: 'LOCK_UNSUPPORTED', message: /read-only \(super_read_only is on\), so it is a replica/ }

describe('a replica', function () {
  this.timeout(60_000)
  this.slow(5_000)

  let replication: Replication
  before(async function () {
    this.timeout(15 * 60_000)
    replication = await startReplica()
    await ask(replication.primary, CREATE_COUNTERS)
    await replication.caughtUp()
  })
  after(() => replication?.stop())

  it('grants the lock that its primary has granted to somebody else', async () => {
    assert.deepEqual(await grantsOf([replication.primary, replication.replica]), [1, 1])
  })

  it('is refused until it is promoted, after which the same sources take locks there', async () => {
    const { primary, replica } = replication
    await withClients(primary, undefined, async (clients) => {
      for (const client of Object.values(clients)) await client.withLock('a', (send) => send(raise('a', 1)))
    })
    await replication.caughtUp()
    assert.equal(await counterOn(replica, 'a'), 4)
    await withClients(replica, undefined, async (clients) => {
      for (let count = 0; count < 2; count += 1) {
        await refusesEach(clients, REFUSED)
      }
      await replication.promote()
      for (const client of Object.values(clients)) await client.withLock('a', (send) => send(raise('a', 1)))
    })
    assert.equal(await counterOn(replica, 'a'), 8)
  })
})
