import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { balanceOf, COMBINATIONS, newAccount, titleOf, withPrisma } from './opened.js'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

describe('ten thousand calls', () => {
  const combinations = COMBINATIONS.filter(
    ({ version, flavour }) => version.title === 'Prisma 7' && flavour === 'mariadb',
  )
  for (const combination of combinations) {
    it(`leave no lock, no open transaction and no memory: ${titleOf(combination)}`, async () => {
      await withPrisma(combination, async (prisma) => {
        const ids = await Promise.all(Array.from({ length: 10 }, () => newAccount(prisma)))
        const callMany = async (calls: number): Promise<void> => {
          for (let done = 0; done < calls; done += ids.length) {
            await Promise.all(ids.map((id) => prisma.$mutex(`user:${id}`, (tx) => balanceOf(tx, id))))
          }
        }
        const heapAfter = async (calls: number): Promise<number> => {
          await callMany(calls)
          await sleep(50)
          collectGarbage()
          return process.memoryUsage().heapUsed
        }
        const before = await heapAfter(2_000)
        const after = await heapAfter(8_000)
        assert.ok(after - before < 4_000_000, `grew by ${after - before} bytes`)
        const open = await prisma.$queryRaw<unknown[]>`SELECT trx_id FROM information_schema.INNODB_TRX`
        assert.deepEqual(open, [])
        for (const id of ids) assert.equal(await prisma.$mutexHolder(`user:${id}`), null)
      })
    }).timeout(180_000)
  }
})
