import assert from 'node:assert/strict'
import { startGroup, type ReplicationGroup, type TestServer } from '@ormutex-test/servers'
import { ask, eventually, grantsOf } from './asking.js'
import { counterOn, CREATE_COUNTERS, raise } from './counters.js'
import { refusesEach } from './each-adapter.js'
import { withClients } from './locking-client.js'

const REFUSED = { code: 'LOCK_UNSUPPORTED', message: /one of several primaries.*allowNodeLocalLocks: true/ }

describe('a replication group with several primaries', function () {
  this.timeout(60_000)
  this.slow(5_000)

  let group: ReplicationGroup
  before(async function () {
    this.timeout(15 * 60_000)
    group = await startGroup({ members: 2, mode: 'multi-primary' })
    await ask(group.members[0]!, CREATE_COUNTERS)
  })
  after(() => group?.stop())

  it('grants one lock on each of them at the same time', async () => {
    assert.deepEqual(await grantsOf(group.members), [1, 1])
  })

  it('is refused on each, unless the caller says that all go to one', async () => {
    for (const member of group.members) {
      await withClients(member, undefined, async (clients) => {
        await refusesEach(clients, REFUSED)
      })
    }
    const [one] = group.members as [TestServer]
    await withClients(one, { allowNodeLocalLocks: true }, async (clients) => {
      await Promise.all(Object.values(clients).map((client) => client.withLock('a', (send) => send(raise('a', 1)))))
    })
    assert.equal(await counterOn(one, 'a'), 4)
  })

  it('whose member is not started in it, and takes writes all the same, is refused there in the same way', async () => {
    const alone = group.members[1]!
    // What it has not applied by then it has not when it is started without the group either.
    await eventually('what the other one wrote', async () => (await counterOn(alone, 'a')) === 4 || undefined)
    await ask(alone, 'STOP GROUP_REPLICATION')
    const offline = /set up for a replication group but is not in it \(it is OFFLINE\).*allowNodeLocalLocks: true/
    await withClients(alone, { allowNodeLocalLocks: true }, (clients) =>
      refusesEach(clients, { code: 'LOCK_UNSUPPORTED', message: /not an active one \(it is OFFLINE\)/ }),
    )
    await ask(alone, 'SET GLOBAL read_only = OFF')
    await withClients(alone, undefined, (clients) => refusesEach(clients, { ...REFUSED, message: offline }))
    await withClients(alone, { allowNodeLocalLocks: true }, async (clients) => {
      await Promise.all(Object.values(clients).map((client) => client.withLock('a', (send) => send(raise('a', 1)))))
    })
    assert.equal(await counterOn(alone, 'a'), 8)
  })
})
