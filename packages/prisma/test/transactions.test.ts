import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { namedLocks, OrmutexError } from '@ormutex/prisma'
import { balanceOf, type Combination, COMBINATIONS, newAccount, openAdapter, titleOf, withPrisma } from './opened.js'

const LEVELS = ['ReadUncommitted', 'ReadCommitted', 'RepeatableRead', 'Serializable'] as const

for (const combination of COMBINATIONS) {
  const { Prisma } = combination.version
  describe(`the transaction of a lock: ${titleOf(combination)}`, () => {
    for (const isolationLevel of LEVELS) {
      it(`reads what the last holder committed, at ${isolationLevel}`, async () => {
        await withPrisma(combination, async (prisma) => {
          const id = await newAccount(prisma)
          const addOne = (): Promise<unknown> =>
            prisma.$mutex(
              `account:${id}`,
              async (tx) => {
                const { balance } = await tx.account.findUniqueOrThrow({ where: { id } })
                await sleep(1)
                await tx.account.update({ where: { id }, data: { balance: balance + 1 } })
              },
              { isolationLevel },
            )
          await withPrisma(combination, async (other) => {
            const addOneThere = (): Promise<unknown> =>
              other.$mutex(
                `account:${id}`,
                async (tx) => {
                  const { balance } = await tx.account.findUniqueOrThrow({ where: { id } })
                  await tx.account.update({ where: { id }, data: { balance: balance + 1 } })
                },
                { isolationLevel },
              )
            await Promise.all(Array.from({ length: 20 }, (_, index) => (index % 2 ? addOne() : addOneThere())))
          })
          assert.equal(await balanceOf(prisma, id), 20)
        })
      })
    }

    it("runs at the level that it is told, at the client's own without", async () => {
      const adapter = await openAdapter(combination)
      const options = { adapter, transactionOptions: { isolationLevel: 'Serializable' as const } }
      const prisma = new combination.version.PrismaClient(options).$extends(namedLocks())
      try {
        const id = await newAccount(prisma)
        for (const isolationLevel of [...LEVELS, undefined]) {
          const level = await prisma.$mutex(
            'level',
            async (tx) => {
              await tx.account.update({ where: { id }, data: { balance: { increment: 1 } } })
              // The server makes this table anew no more often than every 100 ms.
              await sleep(120)
              const rows = await tx.$queryRaw<{ level: string }[]>`SELECT trx_isolation_level AS level
                FROM information_schema.INNODB_TRX WHERE trx_mysql_thread_id = CONNECTION_ID()`
              return rows[0]?.level.replaceAll(' ', '')
            },
            { isolationLevel },
          )
          assert.equal(level, (isolationLevel ?? 'Serializable').toUpperCase())
        }
      } finally {
        await prisma.$disconnect()
      }
    })

    it('rejects with the very error of the callback, after its rollback', async () => {
      await withPrisma(combination, async (prisma) => {
        const id = await newAccount(prisma)
        let known: unknown
        const call = prisma.$mutex('errors', async (tx) => {
          await tx.account.update({ where: { id }, data: { balance: 5 } })
          try {
            await tx.account.create({ data: { id, balance: 1 } })
          } catch (error) {
            known = error
            throw error
          }
        })
        const error = await call.then(
          () => assert.fail('resolved'),
          (reason: unknown) => reason,
        )
        assert.equal(error, known)
        assert.ok(error instanceof Prisma.PrismaClientKnownRequestError)
        assert.equal(error.code, 'P2002')
        assert.equal(await balanceOf(prisma, id), 0)
        assert.equal(await prisma.$mutexHolder('errors'), null)
      })
    })

    it('does everything that a transaction does', async () => {
      await withPrisma(combination, async (prisma) => {
        const id = await newAccount(prisma)
        const found = await prisma.$mutex('everything', async (tx) => {
          await tx.account.update({
            where: { id },
            data: { owner: 'Ada', entries: { create: [{ amount: 1 }, { amount: 2, note: 'nested' }] } },
          })
          await tx.entry.createMany({ data: [3, 4].map((amount) => ({ amount, accountId: id })) })
          await tx.$executeRaw`UPDATE accounts SET balance = ${10} WHERE id = ${id}`
          const sums = await tx.$queryRaw<
            { sum: unknown }[]
          >`SELECT SUM(amount) AS sum FROM entries WHERE account_id = ${id}`
          assert.equal(Number(sums[0]?.sum), 10)
          assert.equal(await tx.entry.count({ where: { accountId: id } }), 4)
          return tx.account.findUniqueOrThrow({ where: { id }, omit: { owner: true }, include: { entries: true } })
        })
        assert.equal('owner' in found, false)
        assert.deepEqual(
          found.entries.map(({ amount }) => amount),
          [1, 2, 3, 4],
        )
        assert.equal(await balanceOf(prisma, id), 10)
      })
    })

    it('emits the events of its queries', async () => {
      const adapter = await openAdapter(combination)
      const client = new combination.version.PrismaClient({ adapter, log: [{ emit: 'event', level: 'query' }] })
      const queries: string[] = []
      client.$on('query', ({ query }) => queries.push(query))
      const prisma = client.$extends(namedLocks())
      try {
        await prisma.$mutex('events', (tx) => tx.account.count())
        assert.ok(queries.some((query) => /FROM .*accounts/.test(query)))
      } finally {
        await prisma.$disconnect()
      }
    })

    it("refuses Prisma's own names for those limits, and says what they are here", async () => {
      await withPrisma(combination, async (prisma) => {
        for (const [limit, instead] of [
          ['timeout', 'holdTimeoutMs'],
          ['maxWait', 'timeoutMs'],
        ] as const) {
          for (const call of ['$mutex', '$tryMutex'] as const) {
            await assert.rejects(
              prisma[call]('limits', () => assert.fail('ran'), { [limit]: 1 }),
              (error: Error) => error instanceof TypeError && error.message.includes(instead),
            )
          }
        }
        const wrong = { isolationLevel: 'Snapshot' as never }
        await assert.rejects(
          prisma.$mutex('level', () => assert.fail('ran'), wrong),
          (error: Error) => error instanceof RangeError && /ReadCommitted/.test(error.message),
        )
      })
    })

    it('ends with holdTimeoutMs although the callback never does, and nothing stays', async () => {
      await withPrisma(combination, async (prisma) => {
        await withPrisma(combination, async (other) => {
          const id = await newAccount(prisma)
          let late: Promise<unknown> | undefined
          let end!: () => void
          const over = new Promise<void>((resolve) => (end = resolve))
          const call = prisma.$mutex(
            'endless',
            async (tx) => {
              await tx.account.update({ where: { id }, data: { balance: 1 } })
              await over
              late = tx.account.update({ where: { id }, data: { balance: 2 } })
              await late.catch(() => {})
              await new Promise(() => {})
            },
            // Counted from the grant: the callback is to have updated by then.
            { holdTimeoutMs: 500 },
          )
          await assert.rejects(call, (error: Error) => error instanceof OrmutexError && error.code === 'HOLD_TIMEOUT')
          await other.$mutex('endless', () => {}, { timeoutMs: 5_000 })
          end()
          await over
          // Prisma has ended the transaction, too: nothing of it is left to wait for.
          await assert.rejects(late!, { code: 'P2028' })
          assert.equal(await balanceOf(other, id), 0)
          await Promise.all(Array.from({ length: 5 }, () => prisma.$mutex('again', (tx) => balanceOf(tx, id))))
        })
      })
    })
  })
}

describe("Prisma's own limits: 2 s until a transaction begins, 5 s until it has to end", () => {
  it('do not bound a lock', async () => {
    const outlast = (combination: Combination): Promise<void> =>
      withPrisma(
        combination,
        async (prisma) => {
          const id = await newAccount(prisma)
          let enter!: () => void
          const inside = new Promise<void>((resolve) => (enter = resolve))
          const long = prisma.$mutex(`long:${id}`, async (tx) => {
            enter()
            await sleep(5_500)
            await tx.account.update({ where: { id }, data: { balance: 1 } })
          })
          await inside
          // The pool's one connection is taken.
          const next = prisma.$mutex(`next:${id}`, (tx) => balanceOf(tx, id))
          await long
          assert.equal(await next, 1)
        },
        { poolSize: 1 },
      )
    await Promise.all(COMBINATIONS.map(outlast))
  })
})
