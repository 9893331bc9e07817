import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { inspect, promisify } from 'node:util'
import { startGroup, type ReplicationGroup, type TestServer } from '@ormutex-test/servers'
import { type LockLostError, type LockUnsupportedError, namedLocks } from '@ormutex/mysql2'
import { createPool } from 'mysql2/promise'
import { ask, eventually, grantsOf } from './asking.js'
import { counterOn, CREATE_COUNTERS, raise } from './counters.js'
import { nameOf, raiseEach, refusesEach, whileHeld } from './each-adapter.js'
import { hasCounter, hasMembers, isWaitingToSwitch, newPrimary, takesNoWrites } from './group-state.js'
import { hold, type Outcome, outcomeOf } from './held-call.js'
import { Load } from './load.js'
import { ADAPTER_NAMES, withClients } from './locking-client.js'
import { serverErrnoOf } from './server-errno.js'

const UNSUPPORTED = { code: 'LOCK_UNSUPPORTED' }
const SECONDARY = { ...UNSUPPORTED, message: /secondary of a replication group.*excludes nobody on its primary/ }

/**
 * ER_RUN_HOOK_ERROR and ER_TRANSACTION_ROLLBACK_DURING_COMMIT: Group Replication has COMMIT refused by a server that is not in the
 * group any more.
 */
const REFUSED_COMMITS = new Set([3100, 3101])

const COUNTING = fileURLToPath(new URL('counting.js', import.meta.url))

describe('a replication group with one primary', function () {
  this.timeout(90_000)
  this.slow(15_000)

  let group: ReplicationGroup
  before(async function () {
    this.timeout(15 * 60_000)
    group = await startGroup()
    await ask(await group.primary(), CREATE_COUNTERS)
  })
  after(() => group?.stop())

  const others = (primary: TestServer) => group.members.filter((member) => member !== primary)
  const hasCounters = async (members: readonly TestServer[], test: string, expected: number | undefined) => {
    for (const adapter of ADAPTER_NAMES) await hasCounter(group, members, nameOf(test, adapter), expected)
  }

  it('grants one lock on each member at the same time', async () => {
    assert.deepEqual(await grantsOf(group.members), [1, 1, 1])
  })

  it('refuses a secondary, whatever the caller says', async () => {
    const [secondary] = others(await group.primary())
    await withClients(secondary!, undefined, (clients) => refusesEach(clients, SECONDARY))
    await withClients(secondary!, { allowNodeLocalLocks: true }, (clients) => refusesEach(clients, SECONDARY))
  })

  it('excludes on its primary, between processes', async () => {
    const primary = await group.primary()
    const count = () => promisify(execFile)(process.execPath, [COUNTING, primary.url, 'counted', '20'])
    await Promise.all([count(), count()])
    assert.equal(await counterOn(primary, 'counted'), 40)
  })

  it('waits with a switch for who is in a callback: those commits come before it, and the next lock after it', async () => {
    const old = await group.primary()
    const [next] = others(old) as [TestServer]
    await withClients(old, undefined, (oldClients) =>
      withClients(next, undefined, (nextClients) =>
        whileHeld(oldClients, 'waited', async (held) => {
          let isSwitched = false
          const last = await hold(oldClients.mysql2, 'waited-last', () => Promise.resolve())
          const switching = group.switchPrimary(next).then(() => (isSwitched = true))
          try {
            await eventually('a switch that waits', () => isWaitingToSwitch(old))
            await refusesEach(nextClients, SECONDARY)
            for (const call of held) call.finish()
            for (const call of held) assert.deepEqual(await outcomeOf(call), { value: 'done' })
            // One that has not written anything so far counts as well.
            assert.equal(isSwitched, false)
            await last.send(raise('waited-last', 100))
          } finally {
            last.finish()
          }
          assert.deepEqual(await outcomeOf(last), { value: 'done' })
          await switching
          assert.equal(await group.primary(), next)
          await raiseEach(nextClients, 'waited')
          await refusesEach(oldClients, UNSUPPORTED)
        }),
      ),
    )
    await hasCounters(group.members, 'waited', 101)
    await hasCounter(group, group.members, 'waited-last', 100)
  })

  it('cuts off who is in a callback with a switch that does not wait: LOCK_LOST, nothing is committed, and it works the other way round', async () => {
    const old = await group.primary()
    const [next] = others(old) as [TestServer]
    await withClients(old, undefined, (oldClients) =>
      withClients(next, undefined, (nextClients) =>
        whileHeld(oldClients, 'cut', async (held) => {
          await group.switchPrimary(next, { timeoutS: 0 })
          for (const call of held) assert.equal(codeOf(await outcomeOf(call)), 'LOCK_LOST')
          await raiseEach(nextClients, 'cut')
          for (const call of held) await assert.rejects(call.send(raise('cut-late', 100)))
          await refusesEach(oldClients, UNSUPPORTED)
          await group.switchPrimary(old)
          await raiseEach(oldClients, 'cut')
          await refusesEach(nextClients, UNSUPPORTED)
        }),
      ),
    )
    await hasCounters(group.members, 'cut', 2)
    await hasCounter(group, group.members, 'cut-late', undefined)
  })

  it('loses no increment of callers that go on through switches of both kinds', async () => {
    const load = new Load(group.members, 'through-switches')
    try {
      for (const options of [{}, { timeoutS: 0 }, {}, { timeoutS: 0 }]) {
        await load.goOn(50)
        const [next] = others(await group.primary())
        await group.switchPrimary(next!, options)
      }
      await load.goOn(50)
      await load.endOn(group.members)
    } finally {
      await load.stop()
    }
  })

  it('does not wait with a switch for a lock without a transaction, whose holder is told by the next sign of life', async () => {
    const old = await group.primary()
    const [next] = others(old) as [TestServer]
    const pools = [old, next].map(({ url }) => createPool({ uri: url, connectionLimit: 2 }))
    try {
      const [onOld, onNext] = pools.map((pool) => namedLocks(pool)) as [
        ReturnType<typeof namedLocks>,
        ReturnType<typeof namedLocks>,
      ]
      const first = await onOld.acquireNamedLock('both', { keepAliveMs: 1_000 })
      const lost = once(first.signal, 'abort')
      await group.switchPrimary(next)
      const second = await onNext.acquireNamedLock('both')
      await lost
      const { code, cause } = first.signal.reason as LockLostError
      assert.deepEqual([code, (cause as LockUnsupportedError).code], ['LOCK_LOST', 'LOCK_UNSUPPORTED'])
      assert.equal(second.signal.aborted, false)
      await second.release()
    } finally {
      await Promise.all(pools.map((pool) => pool.end()))
    }
  })

  it('lets nothing of a primary that was given up commit when it wakes, whether COMMIT was sent before that or after', async () => {
    const old = await group.primary()
    const [next, third] = await withClients(old, undefined, async (oldClients) => {
      let elected: TestServer | undefined
      await whileHeld(oldClients, 'frozen', async (held) => {
        process.kill(old.pid!, 'SIGSTOP')
        try {
          elected = await newPrimary(group, old)
          await withClients(elected, undefined, (nextClients) => raiseEach(nextClients, 'frozen'))
          // These wait in the sockets of the server that sleeps.
          for (const call of held.slice(0, 2)) call.finish()
        } finally {
          process.kill(old.pid!, 'SIGCONT')
        }
        // Until it knows that it was given up, it still grants locks and takes writes.
        const late = Promise.allSettled(
          ADAPTER_NAMES.map(async (adapter) => {
            const name = nameOf('late', adapter)
            await oldClients[adapter].withLock(name, (send) => send(raise(name, 1)))
          }),
        )
        for (const call of held.slice(2)) call.finish()
        for (const call of held) {
          const { error } = await outcomeOf(call)
          assert.ok(REFUSED_COMMITS.has(serverErrnoOf(error) ?? 0), inspect(error))
        }
        for (const call of await late) assert.ok(isRefused(call), inspect(call))
        // That comes a moment after it has refused the commits.
        await takesNoWrites(old)
        await refusesEach(oldClients, UNSUPPORTED)
      })
      return others(old).toSorted((one) => (one === elected ? -1 : 1)) as [TestServer, TestServer]
    })
    await hasCounters([next, third], 'frozen', 1)
    // It finds its way back into the group, and what it had not committed is not there.
    await hasMembers(next, 3)
    await hasCounters(group.members, 'frozen', 1)
    await hasCounters(group.members, 'late', undefined)
  })

  it('loses who is in a callback when the primary dies: LOCK_LOST, nothing committed, and the lock is had on the new one', async () => {
    const old = await group.primary()
    const load = new Load(group.members, 'through-a-death')
    try {
      await withClients(old, undefined, (oldClients) =>
        whileHeld(oldClients, 'killed', async (held) => {
          await load.goOn(50)
          process.kill(old.pid!, 'SIGKILL')
          for (const call of held) assert.equal(codeOf(await outcomeOf(call)), 'LOCK_LOST')
          const next = await newPrimary(group, old)
          await withClients(next, undefined, (nextClients) => raiseEach(nextClients, 'killed'))
        }),
      )
      await hasCounters(others(old), 'killed', 1)
      // Those who were committing at that moment are counted once, or are told that it is unknown.
      await load.goOn(50)
      await load.endOn(others(old))
    } finally {
      await load.stop()
    }
  })
})

const codeOf = ({ error }: Outcome) => (error as { code?: unknown } | undefined)?.code

/** That it was the lock that was refused, or the commit. */
function isRefused(call: PromiseSettledResult<void>): boolean {
  if (call.status === 'fulfilled') return false
  return codeOf({ error: call.reason }) === 'LOCK_UNSUPPORTED' || REFUSED_COMMITS.has(serverErrnoOf(call.reason) ?? 0)
}
