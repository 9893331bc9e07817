import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { balanceOf, COMBINATIONS, newAccount, titleOf, withPrisma } from './opened.js'

for (const combination of COMBINATIONS) {
  describe(`what a callback does not wait for: ${titleOf(combination)}`, () => {
    it('is never committed outside the lock', async () => {
      await withPrisma(combination, async (prisma) => {
        const id = await newAccount(prisma)
        const amounts = Array.from({ length: 8 }, (_, amount) => ({ amount }))
        for (let round = 0; round < 25; round += 1) {
          const late: Promise<unknown>[] = []
          const outcome = await prisma
            .$mutex('late', async (tx) => {
              // A nested write is several statements, so its end comes after the callback's.
              late.push(
                tx.account.update({
                  where: { id },
                  data: { balance: { increment: 1 }, entries: { create: amounts } },
                }),
              )
              late.push(tx.entry.create({ data: { accountId: id, amount: round } }))
              for (const each of late) each.catch(() => {})
              if (round % 2 === 0) await sleep(round / 10)
            })
            .then(
              () => 'committed',
              () => 'rolled back',
            )
          const committed = await prisma.$mutex('late', async (tx) => ({
            balance: await balanceOf(tx, id),
            entries: await tx.entry.count({ where: { accountId: id } }),
          }))
          await Promise.allSettled(late)
          await sleep(5)
          // Whatever the next holder has seen is all that there will ever be.
          const afterwards = {
            balance: await balanceOf(prisma, id),
            entries: await prisma.entry.count({ where: { accountId: id } }),
          }
          assert.deepEqual(afterwards, committed, `round ${round}, ${outcome}`)
        }
        assert.deepEqual(await prisma.$mutexHolder('late'), null)
      })
    })

    it('and goes on for ever is refused as soon as the transaction ends', async () => {
      await withPrisma(combination, async (prisma) => {
        const id = await newAccount(prisma)
        for (let round = 0; round < 40; round += 1) {
          let refusal: Promise<unknown> | undefined
          const call = prisma.$mutex('endless', async (tx) => {
            const write = async (): Promise<never> => {
              for (;;) {
                await tx.account.update({
                  where: { id },
                  data: { balance: { increment: 1 }, entries: { create: [{ amount: 1 }, { amount: 1 }] } },
                })
              }
            }
            refusal = write().catch((error: unknown) => error)
            await sleep(Math.random() * 12)
            if (round % 4 === 3) throw new Error('roll back')
          })
          await call.catch(() => {})
          const seen = async (): Promise<unknown> => ({
            balance: await balanceOf(prisma, id),
            entries: await prisma.entry.count({ where: { accountId: id } }),
          })
          const committed = await prisma.$mutex('endless', seen)
          assert.equal(((await refusal) as { code?: string }).code, 'P2028')
          assert.deepEqual(await seen(), committed, `round ${round}`)
        }
      })
    })
  })
}
