import assert from 'node:assert/strict'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { startFaultProxy, type FaultProxy } from '@ormutex/testkit/fault-proxy'
import {
  balanceOf,
  COMBINATIONS,
  countWaiting,
  newAccount,
  serverWithTables,
  titleOf,
  untilFree,
  untilWaiting,
  withPrisma,
} from './opened.js'

const PLAIN = COMBINATIONS.filter(({ kind }) => kind === 'plain')

for (const combination of PLAIN) {
  describe(`without a lockable adapter: ${titleOf(combination)}`, () => {
    it('the transaction is kept open around the lock, and no moment is left in which anything commits by itself', async () => {
      const { host, port } = await serverWithTables(combination.flavour)
      const proxy = await startFaultProxy({ host, port })
      try {
        await withPrisma(
          combination,
          async (prisma) => {
            const id = await newAccount(prisma)
            await prisma.$mutex('first', () => {})
            await (await prisma.$acquireMutex('first')).release()
            // On the only connection of the pool: it comes when all that was sent before has been answered.
            const settled = () => prisma.$executeRawUnsafe('DO 0')
            const sent = async (call: () => Promise<unknown>): Promise<string[]> => {
              await settled()
              proxy.clear()
              await call()
              await settled()
              return purposesOf(proxy)
            }
            const update = { where: { id }, data: { balance: { increment: 1 } } }
            assert.deepEqual(await sent(() => prisma.$mutex('shape', (tx) => tx.account.updateMany(update))), [
              'BEGIN',
              'CONNECTION_ID',
              'GET_LOCK',
              'UPDATE',
              'COMMIT AND CHAIN',
              'RELEASE_LOCK',
              'ROLLBACK',
              'DO 0',
            ])
            const failing = () => prisma.$mutex('shape', () => Promise.reject(new Error('mine'))).catch(() => {})
            assert.deepEqual(await sent(failing), [
              'BEGIN',
              'CONNECTION_ID',
              'GET_LOCK',
              'ROLLBACK AND CHAIN',
              'RELEASE_LOCK',
              'ROLLBACK',
              'DO 0',
            ])
            const holding = async (): Promise<void> => (await prisma.$acquireMutex('shape')).release()
            assert.deepEqual(await sent(holding), [
              'BEGIN',
              'COMMIT',
              'CONNECTION_ID',
              'GET_LOCK',
              'RELEASE_LOCK',
              'ROLLBACK',
              'DO 0',
            ])
          },
          { pool: { port: proxy.port, connectionLimit: 1 } },
        )
      } finally {
        await proxy.close()
      }
    })

    it('a session that was killed is noticed with the next statement, and nothing is committed', async () => {
      await withPrisma(combination, async (prisma) => {
        const id = await newAccount(prisma)
        for (const swallows of [false, true]) {
          const call = prisma.$mutex('killed', async (tx, lock) => {
            await tx.account.update({ where: { id }, data: { balance: 1 } })
            await prisma.$executeRawUnsafe(`KILL ${lock.sessionId}`)
            await sleep(50)
            const next = tx.account.update({ where: { id }, data: { balance: 2 } })
            if (swallows) await next.catch(() => {})
            else await next
          })
          await assert.rejects(call, { code: 'LOCK_LOST' })
          assert.equal(await balanceOf(prisma, id), 0)
          await untilFree(prisma, 'killed')
        }
      })
    })

    it('a session that sits idle is noticed with the next ping', async () => {
      await withPrisma(combination, async (prisma) => {
        const lock = await prisma.$acquireMutex('idle', { keepAliveMs: 100 })
        await prisma.$executeRawUnsafe(`KILL ${lock.sessionId}`)
        if (!lock.signal.aborted) await once(lock.signal, 'abort')
        assert.equal((lock.signal.reason as { code?: string }).code, 'LOCK_LOST')
        await lock.release()
      })
    })

    it('no commit is taken for sent when Prisma has not sent it', async () => {
      await withPrisma(combination, async (prisma) => {
        const id = await newAccount(prisma)
        for (let round = 0; round < 20; round += 1) {
          const failing: Promise<unknown>[] = []
          const outcome = await prisma
            .$mutex('unsent', async (tx) => {
              await tx.account.update({ where: { id }, data: { balance: round + 1 } })
              // Prisma answers what comes with it in one turn of the event loop with undefined, and sends nothing.
              failing.push(tx.$executeRawUnsafe('SELECT nonsense FROM nowhere').catch(() => {}))
            })
            .then(
              () => 'committed',
              () => 'rolled back',
            )
          const before = round === 0 ? 0 : undefined
          const balance = await balanceOf(prisma, id)
          if (outcome === 'committed') assert.equal(balance, round + 1)
          else assert.equal(balance, before ?? balance)
          await Promise.all(failing)
        }
        assert.equal(await prisma.$mutexHolder('unsent'), null)
      })
    })

    it('one name at a time is waited for at the server by default, since the size of the pool is not known', async () => {
      await withPrisma(combination, async (other) => {
        const taken = await Promise.all(['a', 'b', 'c'].map((name) => other.$acquireMutex(name)))
        await withPrisma(
          combination,
          async (prisma) => {
            const waits = ['a', 'b', 'c'].map((name) => prisma.$mutex(name, () => name))
            await untilWaiting(other, 1)
            // Time for a second one to come, if it comes.
            await sleep(100)
            assert.equal(await countWaiting(other), 1)
            await Promise.all(taken.map((lock) => lock.release()))
            assert.deepEqual(await Promise.all(waits), ['a', 'b', 'c'])
          },
          { poolSize: 2 },
        )
      })
    })
  })
}

/** What was run through a proxy, in order, by what it is for. */
function purposesOf({ statements }: FaultProxy): string[] {
  const run = statements.filter(
    ({ kind, sql }) => (kind === 'query' || kind === 'execute') && !sql.startsWith('SET NAMES'),
  )
  return run.map(({ sql }) => /GET_LOCK|RELEASE_LOCK|CONNECTION_ID|UPDATE/.exec(sql)?.[0] ?? sql)
}
