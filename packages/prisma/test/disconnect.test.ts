import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { namedLocks } from '@ormutex/prisma'
import mariadb from 'mariadb'
import {
  adapterOf,
  balanceOf,
  clientOn,
  COMBINATIONS,
  configFor,
  newAccount,
  openAdapter,
  serverWithTables,
  titleOf,
  untilWaiting,
  withPrisma,
} from './opened.js'

for (const combination of COMBINATIONS) {
  describe(`$disconnect(): ${titleOf(combination)}`, () => {
    it('releases what is held and ends what is waited for, at once', async () => {
      await withPrisma(combination, async (other) => {
        const adapter = await openAdapter(combination)
        const connect = adapter.connect.bind(adapter)
        let connects = 0
        adapter.connect = () => {
          connects += 1
          return connect()
        }
        const prisma = clientOn(combination.version, adapter, combination.kind)
        const held = await prisma.$acquireMutex('held')
        const taken = await other.$acquireMutex('taken')
        const waits = [
          prisma.$mutex('taken', () => assert.fail('ran'), { timeoutMs: Infinity }),
          prisma.$acquireMutex('taken', { timeoutMs: Infinity }),
          prisma.$mutex('held', () => assert.fail('ran'), { timeoutMs: Infinity }),
        ].map((wait) => assert.rejects(wait, { code: 'LOCK_FAILED' }))
        await untilWaiting(other, 1)
        const startedAt = performance.now()
        await prisma.$disconnect()
        assert.ok(performance.now() - startedAt < 1_000)
        await Promise.all(waits)
        assert.equal((held.signal.reason as { code?: string }).code, 'LOCK_LOST')
        await held.release()
        assert.equal(await other.$mutexHolder('held'), null)
        await taken.release()
        // A server takes a moment to see that a waiter is gone.
        await other.$mutex('taken', () => {}, { timeoutMs: 5_000 })
        // Nothing is under way any more that would make Prisma connect again.
        await sleep(100)
        assert.equal(connects, 1)
      })
    })

    it('lets callbacks run to their end', async () => {
      const prisma = clientOn(combination.version, await openAdapter(combination), combination.kind)
      const id = await newAccount(prisma)
      let entered!: () => void
      const inside = new Promise<void>((resolve) => (entered = resolve))
      const working = prisma.$mutex('working', async (tx) => {
        entered()
        await sleep(200)
        await tx.account.update({ where: { id }, data: { balance: 1 } })
        return 'done'
      })
      await inside
      await prisma.$disconnect()
      assert.equal(await working, 'done')
      await withPrisma(combination, async (other) => {
        assert.equal(await other.$mutexHolder('working'), null)
        assert.equal(await balanceOf(other, id), 1)
      })
    })

    it('does not wait for the connection of a call that was given up before it had one', async () => {
      const adapter = await openAdapter(combination, { poolSize: 1 })
      const prisma = clientOn(combination.version, adapter, combination.kind)
      await prisma.$mutex('outer', () =>
        assert.rejects(
          prisma.$mutex('inner', () => assert.fail('ran'), { timeoutMs: 100 }),
          { code: 'LOCK_TIMEOUT', reason: 'pool' },
        ),
      )
      const startedAt = performance.now()
      await prisma.$disconnect()
      assert.ok(performance.now() - startedAt < 1_000, 'disconnecting took too long')
    })

    it('of the client that was extended leaves nothing locked either', async () => {
      await withPrisma(combination, async (other) => {
        const client = new combination.version.PrismaClient({ adapter: await openAdapter(combination) })
        const prisma = client.$extends(namedLocks())
        const id = await newAccount(prisma)
        const held = await prisma.$acquireMutex('held')
        let entered!: () => void
        const inside = new Promise<void>((resolve) => (entered = resolve))
        const working = prisma.$mutex('working', async (tx) => {
          await tx.account.update({ where: { id }, data: { balance: 1 } })
          entered()
          await sleep(200)
        })
        // Prisma rolls back what is open when it disconnects.
        const rolledBack = assert.rejects(working)
        await inside
        const startedAt = performance.now()
        await client.$disconnect()
        await rolledBack
        assert.ok(performance.now() - startedAt < 2_000, 'disconnecting took too long')
        for (const name of ['held', 'working']) await other.$mutex(name, () => {}, { timeoutMs: 5_000 })
        await held.release()
        assert.equal(await balanceOf(other, id), 0)
        // To roll the transaction back once more, Prisma has connected again.
        await prisma.$disconnect()
      })
    })

    it('is no end: the next call connects again, as any of Prisma does', async () => {
      const prisma = clientOn(combination.version, await openAdapter(combination), combination.kind)
      for (let round = 0; round < 3; round += 1) {
        assert.equal(await prisma.$mutex('again', async (tx) => typeof (await tx.account.count())), 'number')
        const lock = await prisma.$acquireMutex('held')
        assert.equal((await prisma.$mutexHolder('held'))?.sessionId, lock.sessionId)
        await prisma.$disconnect()
      }
    })
  })
}

describe('a pool of the application, shared by two clients of Prisma 7', () => {
  for (const combination of COMBINATIONS.filter(({ version }) => version.title === 'Prisma 7')) {
    const { version, kind, flavour } = combination
    it(`works for both, and outlives them without a lock on it: ${titleOf(combination)}`, async () => {
      const server = await serverWithTables(flavour)
      const pool = mariadb.createPool(configFor(server, 4))
      const open = () => clientOn(version, adapterOf(new version.PrismaMariaDb(pool), kind), kind)
      try {
        for (let round = 0; round < 2; round += 1) {
          const clients = [open(), open()] as const
          const id = await newAccount(clients[0])
          await Promise.all(
            Array.from({ length: 20 }, (_, index) =>
              clients[index % 2]!.$mutex(`shared:${id}`, async (tx) => {
                const { balance } = await tx.account.findUniqueOrThrow({ where: { id } })
                await tx.account.update({ where: { id }, data: { balance: balance + 1 } })
              }),
            ),
          )
          assert.equal(await balanceOf(clients[0], id), 20)
          await clients[0].$acquireMutex('left')
          for (const client of clients) await client.$disconnect()
        }
        assert.equal(pool.activeConnections(), 0)
        await withPrisma(combination, async (other) => {
          assert.equal(await other.$mutexHolder('left'), null)
        })
      } finally {
        await pool.end()
      }
    })
  }
})
