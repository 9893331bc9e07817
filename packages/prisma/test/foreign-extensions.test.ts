import assert from 'node:assert/strict'
import { namedLocks } from '@ormutex/prisma'
import type { PrismaClient } from '@ormutex-test/prisma-7'
import { balanceOf, COMBINATIONS, newAccount, openAdapter, titleOf, withPrisma } from './opened.js'

type Client = PrismaClient

/** A server takes a moment to see that a connection is gone, and one that is refused is ended after a second. */
const SOON = { timeoutMs: 6_000 }

/** What query extensions get. */
interface AnyOperation {
  readonly args: unknown
  readonly query: (args: never) => unknown
}

/** What `$transaction` takes, as far as the extensions here go. */
type Transaction = (run: never, options: never) => Promise<unknown>

for (const combination of COMBINATIONS) {
  describe(`an extension of the application's: ${titleOf(combination)}`, () => {
    /** Runs a test with a client, and takes it down. */
    async function withClient(test: (client: Client) => Promise<void>): Promise<void> {
      const client = new combination.version.PrismaClient({ adapter: await openAdapter(combination) })
      try {
        await test(client)
      } finally {
        await client.$disconnect()
      }
    }

    for (const order of ['before', 'after'] as const) {
      for (const extent of ['every operation', 'the operations of models'] as const) {
        it(`that sends ${extent} in a batch of its own is noticed, attached ${order} the locks`, async () => {
          await withClient(async (client) => {
            // Prisma's example for row level security.
            const $allOperations = async ({ args, query }: AnyOperation): Promise<unknown> => {
              const answers = await client.$transaction([
                client.$executeRaw`SET @tenant = 1`,
                query(args as never) as never,
              ])
              return answers[1]
            }
            const { defineExtension } = combination.version.Prisma
            const batching =
              extent === 'every operation'
                ? defineExtension({ query: { $allOperations } })
                : defineExtension({ query: { $allModels: { $allOperations } } })
            const prisma =
              order === 'before'
                ? client.$extends(batching).$extends(namedLocks())
                : client.$extends(namedLocks()).$extends(batching)
            for (let round = 0; round < 2; round += 1) {
              await assert.rejects(
                prisma.$mutex('batched', () => assert.fail('ran')),
                { code: 'LOCK_UNSUPPORTED', message: /extension of this client/ },
              )
            }
            if (extent === 'every operation') {
              await prisma.$transaction(async (tx) => {
                await assert.rejects(
                  tx.$mutex('joined', () => assert.fail('ran')),
                  { code: 'LOCK_UNSUPPORTED' },
                )
              })
            }
            await withPrisma(combination, async (other) => {
              for (const name of ['batched', 'joined']) await other.$mutex(name, () => {}, SOON)
            })
          })
        })
      }
    }

    it('that watches operations sees one more of a model, once, which is not sent', async () => {
      await withClient(async (client) => {
        const seen: string[] = []
        const prisma = client
          .$extends({
            query: {
              $allModels: {
                $allOperations({ model, operation, args, query }) {
                  seen.push(`${model}.${operation}`)
                  return query(args)
                },
              },
            },
          })
          .$extends(namedLocks())
        const id = await newAccount(client as never)
        for (let round = 0; round < 3; round += 1) {
          await prisma.$mutex('watched', (tx) => (tx as unknown as Client).account.count({ where: { id } }))
        }
        assert.deepEqual(seen, ['Account.findFirst', ...Array.from({ length: 3 }, () => 'Account.count')])
      })
    })

    it('that begins another transaction first is noticed, however late it begins to', async () => {
      await withClient(async (client) => {
        let beginsAnother = false
        const prisma = client
          .$extends({
            client: {
              async $transaction(run: never, options: never): Promise<unknown> {
                if (beginsAnother) await client.$transaction(async (tx) => tx.account.count())
                return (client.$transaction as Transaction)(run, options)
              },
            },
          })
          .$extends(namedLocks())
        assert.equal(await prisma.$mutex('another', () => 'ran'), 'ran')
        beginsAnother = true
        // Without a link each transaction has a connection of its own, and the lock is in the right one.
        const call = prisma.$mutex('another', () => 'ran')
        if (combination.kind === 'plain') assert.equal(await call, 'ran')
        else await assert.rejects(call, { code: 'LOCK_UNSUPPORTED', message: /replace \$transaction/ })
        await withPrisma(combination, (other) => other.$mutex('another', () => {}, SOON))
      })
    })

    it('that runs no transaction at all is noticed', async () => {
      await withClient(async (client) => {
        const prisma = client.$extends({ client: { $transaction: async () => 'done' } }).$extends(namedLocks())
        await assert.rejects(
          prisma.$mutex('never', () => assert.fail('ran')),
          { code: 'LOCK_UNSUPPORTED' },
        )
        await withPrisma(combination, (other) => other.$mutex('never', () => {}, SOON))
      })
    })

    it('that tries failed transactions again runs no callback twice, and costs no connection', async () => {
      await withClient(async (client) => {
        const prisma = client
          .$extends({
            client: {
              async $transaction(run: never, options: never): Promise<unknown> {
                for (let attempt = 1; ; attempt += 1) {
                  try {
                    return await (client.$transaction as Transaction)(run, options)
                  } catch (error) {
                    if (attempt === 3) throw error
                  }
                }
              },
            },
          })
          .$extends(namedLocks())
        const id = await newAccount(client as never)
        for (let round = 0; round < 12; round += 1) {
          let runs = 0
          const thrown = new Error('of the callback')
          const call = prisma.$mutex('again', async (tx) => {
            runs += 1
            await (tx as Client).account.update({ where: { id }, data: { balance: { increment: 1 } } })
            if (round % 2 === 0) throw thrown
          })
          if (round % 2 === 0) await assert.rejects(call, (error) => error === thrown)
          else await call
          assert.equal(runs, 1)
        }
        assert.equal(await balanceOf(client as never, id), 6)
        await prisma.$disconnect()
      })
    })

    it('that refuses statements leaves no lock in the pool', async () => {
      await withClient(async (client) => {
        let isOpen = false
        const prisma = client
          .$extends({
            query: {
              $allOperations({ args, query }) {
                if (isOpen) throw new Error('circuit breaker is open')
                return query(args)
              },
            },
          })
          .$extends(namedLocks())
        await assert.rejects(
          prisma.$mutex('refused', async (tx) => {
            isOpen = true
            await tx.account.count()
          }),
          /circuit breaker is open/,
        )
        isOpen = false
        await withPrisma(combination, async (other) => {
          await other.$mutex('refused', () => {}, SOON)
        })
        assert.equal(
          await prisma.$mutex('refused', (tx) => (tx as unknown as Client).account.count().then(() => 'whole')),
          'whole',
        )
      })
    })
  })
}
