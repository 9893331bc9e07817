import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { balanceOf, COMBINATIONS, newAccount, titleOf, withPrisma } from './opened.js'

for (const combination of COMBINATIONS) {
  describe(`what a callback does not wait for: ${titleOf(combination)}`, () => {
    it('is never committed outside the lock', async () => {
      await withPrisma(combination, async (prisma) => {
        const id = await newAccount(prisma)
        for (let round = 0; round < 25; round += 1) {
          const late: Promise<unknown>[] = []
          const outcome = await prisma
            .$mutex('late', async (tx) => {
              // A nested write is several statements, so its end comes after the callback's.
              late.push(
                tx.account.update({
                  where: { id },
                  data: { balance: { increment: 1 }, entries: { create: [{ amount: round }, { amount: round }] } },
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
  })
}
