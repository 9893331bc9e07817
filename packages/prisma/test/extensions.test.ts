import assert from 'node:assert/strict'
import { namedLocks } from '@ormutex/prisma'
import { balanceOf, COMBINATIONS, newAccount, openAdapter, titleOf } from './opened.js'
import type { PrismaVersion } from './versions.js'

/** Extensions of every sort, and what the query extension has seen. */
function extensionsOf({ Prisma }: PrismaVersion) {
  const seen: string[] = []
  const extension = Prisma.defineExtension({
    name: 'of every sort',
    result: {
      account: {
        isRich: { needs: { balance: true }, compute: ({ balance }) => balance >= 1_000 },
      },
    },
    model: {
      account: {
        async raise(id: number, by: number): Promise<void> {
          const context = Prisma.getExtensionContext(this)
          await context.update({ where: { id }, data: { balance: { increment: by } } } as never)
        },
      },
    },
    query: {
      account: {
        async update({ args, query }) {
          seen.push('account.update')
          return query(args)
        },
      },
    },
    client: {
      $greeting: () => 'hello',
    },
  })
  return { extension, seen }
}

describe('a client that is extended further', () => {
  for (const combination of COMBINATIONS) {
    const { version } = combination
    for (const order of ['before', 'after'] as const) {
      it(`${order} gives its callbacks a transaction of all of it: ${titleOf(combination)}`, async () => {
        const client = new version.PrismaClient({ adapter: await openAdapter(combination) })
        const { extension, seen } = extensionsOf(version)
        const prisma =
          order === 'before'
            ? client.$extends(extension).$extends(namedLocks())
            : client.$extends(namedLocks()).$extends(extension)
        try {
          const id = await newAccount(client as never)
          seen.length = 0
          const isRich = await prisma.$mutex('extended', async (tx) => {
            assert.equal(tx.$greeting(), 'hello')
            await tx.account.raise(id, 1_500)
            // Somebody else does not see it yet: the model's method runs in the transaction.
            assert.equal(await balanceOf(client as never, id), 0)
            return (await tx.account.findUniqueOrThrow({ where: { id } })).isRich
          })
          assert.equal(isRich, true)
          assert.deepEqual(seen, ['account.update'])
          assert.equal(await balanceOf(client as never, id), 1_500)
        } finally {
          await prisma.$disconnect()
        }
      })
    }

    it(`in a library, with Prisma.defineExtension: ${titleOf(combination)}`, async () => {
      const library = version.Prisma.defineExtension((client) =>
        client.$extends(namedLocks({ namespace: 'library' })).$extends({
          client: {
            async $once(this: unknown, job: string): Promise<boolean> {
              const prisma = version.Prisma.getExtensionContext(this) as unknown as Parameters<typeof runOnce>[0]
              return runOnce(prisma, job)
            },
          },
        }),
      )
      const prisma = new version.PrismaClient({ adapter: await openAdapter(combination) }).$extends(library)
      try {
        assert.equal(await prisma.$once('job'), true)
        const value = await prisma.$mutex('by hand', async (tx, lock) => {
          assert.equal(lock.name, 'by hand')
          return tx.account.count()
        })
        assert.equal(typeof value, 'number')
      } finally {
        await prisma.$disconnect()
      }
    })
  }
})

interface Trying {
  $tryMutex(name: string, callback: () => Promise<void>): Promise<{ readonly acquired: boolean }>
}

async function runOnce(prisma: Trying, job: string): Promise<boolean> {
  return (await prisma.$tryMutex(job, async () => {})).acquired
}
