import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { COMBINATIONS, type LockingClient, newAccount, titleOf, withPrisma } from './opened.js'

/** A nested write of ten statements or more, so that its end comes after that of a callback which does not wait for it. */
const WRITES = {
  balance: { increment: 1 },
  entries: {
    create: [{ amount: 0 }],
    updateMany: Array.from({ length: 8 }, () => ({ where: {}, data: { amount: { increment: 1 } } })),
  },
} as const

/** All that is seen of it. */
interface Traces {
  readonly balance: number
  readonly entries: number
  readonly amount: number
}

async function traces(prisma: Pick<LockingClient, 'account' | 'entry'>, id: number): Promise<Traces> {
  const { balance } = await prisma.account.findUniqueOrThrow({ where: { id } })
  const { _count: entries, _sum: sums } = await prisma.entry.aggregate({
    where: { accountId: id },
    _count: true,
    _sum: { amount: true },
  })
  return { balance, entries, amount: sums.amount ?? 0 }
}

/** Whether every write that left a trace is there as a whole: each counts up all entries there are by then. */
function areWhole({ balance, entries, amount }: Traces): boolean {
  const writes = balance
  return entries === writes && amount === (8 * writes * (writes + 1)) / 2
}

for (const combination of COMBINATIONS) {
  describe(`what a callback does not wait for: ${titleOf(combination)}`, function () {
    // Hundreds of statements, one after the other.
    this.timeout(60_000)

    it('is never committed outside the lock', async () => {
      await withPrisma(combination, async (prisma) => {
        const id = await newAccount(prisma)
        for (let round = 0; round < 25; round += 1) {
          let late: Promise<unknown> | undefined
          await prisma
            .$mutex('late', async (tx) => {
              late = tx.account.update({ where: { id }, data: WRITES as never }).catch(() => {})
              if (round % 2 === 0) await sleep(round / 10)
              if (round % 5 === 4) throw new Error('roll back')
            })
            .catch(() => {})
          // Whatever the next holder sees is all that there will ever be.
          const seen = await prisma.$mutex('late', (tx) => traces(tx, id))
          await late
          await sleep(5)
          assert.deepEqual(await traces(prisma, id), seen, `round ${round}`)
        }
        assert.equal(await prisma.$mutexHolder('late'), null)
      })
    })

    it('and goes on for ever is refused as soon as the transaction ends', async () => {
      await withPrisma(combination, async (prisma) => {
        const id = await newAccount(prisma)
        for (let round = 0; round < 40; round += 1) {
          let refusal: Promise<unknown> | undefined
          const call = prisma.$mutex('endless', async (tx) => {
            const write = async (): Promise<never> => {
              for (;;) await tx.account.update({ where: { id }, data: WRITES as never })
            }
            refusal = write().catch((error: unknown) => error)
            await sleep(Math.random() * 12)
            if (round % 4 === 3) throw new Error('roll back')
          })
          await call.catch(() => {})
          const seen = await prisma.$mutex('endless', (tx) => traces(tx, id))
          assert.equal(((await refusal) as { code?: string }).code, 'P2028')
          assert.deepEqual(await traces(prisma, id), seen, `round ${round}`)
          // What is under way is waited for; a lockable adapter ends with the callback, in the middle of a write if need be.
          if (combination.kind === 'plain') assert.ok(areWhole(seen), `round ${round}: ${JSON.stringify(seen)}`)
        }
      })
    })
  })
}
