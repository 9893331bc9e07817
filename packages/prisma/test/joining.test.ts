import assert from 'node:assert/strict'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { run, startFaultProxy } from '@ormutex/testkit/fault-proxy'
import {
  balanceOf,
  COMBINATIONS,
  type LockingClient,
  type LockingTransaction,
  newAccount,
  serverWithTables,
  titleOf,
  untilFree,
  withPrisma,
} from './opened.js'

for (const combination of COMBINATIONS) {
  const { kind } = combination
  describe(`tx.$mutex: ${titleOf(combination)}`, () => {
    if (kind === 'plain') {
      it('in a transaction of Prisma refuses, and names prisma.$mutex', async () => {
        await withPrisma(combination, async (prisma) => {
          await prisma.$transaction(async (tx) => {
            for (const call of ['$mutex', '$tryMutex'] as const) {
              await assert.rejects(
                tx[call]('joined', () => assert.fail('ran')),
                { code: 'LOCK_UNSUPPORTED', message: /prisma\.\$mutex/ },
              )
            }
          })
        })
      })
    }

    if (kind === 'lockable') {
      it("is released when Prisma's own timeout has rolled back, and not before", async () => {
        const { host, port } = await serverWithTables(combination.flavour)
        const proxy = await startFaultProxy({ host, port })
        const test = async (prisma: LockingClient): Promise<void> => {
          const id = await newAccount(prisma)
          await prisma.$mutex('warm', () => {})
          let isHeld: boolean | undefined
          proxy.on(
            /^ROLLBACK/,
            run(async () => {
              isHeld = (await prisma.$mutexHolder('timed out')) !== null
            }),
          )
          const call = prisma.$transaction(
            async (tx) => {
              await tx.$mutex('timed out', () => tx.account.update({ where: { id }, data: { balance: 1 } }))
              await untilFree(prisma, 'timed out')
              await tx.account.count()
            },
            { timeout: 500 },
          )
          await assert.rejects(call, { code: 'P2028' })
          assert.equal(isHeld, true)
          assert.equal(await balanceOf(prisma, id), 0)
        }
        try {
          await withPrisma(combination, test, { pool: { host: proxy.host, port: proxy.port } })
        } finally {
          await proxy.close()
        }
      })

      it("tells its callback by the signal when Prisma's own timeout has ended the transaction", async () => {
        await withPrisma(combination, async (prisma) => {
          await prisma.$mutex('warm', () => {})
          let reason: unknown
          const call = prisma.$transaction(
            (tx) =>
              tx.$mutex('timed out', async (_, { signal }) => {
                await once(signal, 'abort')
                reason = signal.reason
                signal.throwIfAborted()
              }),
            { timeout: 300 },
          )
          await assert.rejects(call, { code: 'LOCK_LOST' })
          assert.match(String(reason), /The lock "timed out" is released: the transaction .* has ended/)
          await untilFree(prisma, 'timed out')
        })
      })

      it('of a transaction that was timed out while it wrote has committed nothing of it', async () => {
        await withPrisma(combination, async (prisma) => {
          const ids = await Promise.all(Array.from({ length: 40 }, () => newAccount(prisma)))
          for (const id of ids) {
            const call = prisma.$transaction(
              async (tx) => {
                await tx.$mutex('timed out', async () => {})
                for (;;) await tx.account.update({ where: { id }, data: { balance: { increment: 1 } } })
              },
              { timeout: 10 + Math.random() * 5 },
            )
            // On a busy machine its time may be over before the lock is asked for.
            await assert.rejects(call, ({ code }: { code?: string }) => code === 'P2028' || code === 'LOCK_FAILED')
          }
          await untilFree(prisma, 'timed out')
          const balances = await Promise.all(ids.map((id) => balanceOf(prisma, id)))
          assert.deepEqual(
            balances,
            ids.map(() => 0),
          )
        })
      })

      it('is released by the timeout although the callback never ends', async () => {
        await withPrisma(combination, async (prisma) => {
          await prisma.$mutex('warm', () => {})
          const entered = new Promise<void>((resolve) => {
            const never = prisma.$transaction(
              async (tx) => {
                await tx.$mutex('endless', () => resolve())
                await new Promise(() => {})
              },
              { timeout: 300 },
            )
            never.catch(() => {})
          })
          await entered
          await prisma.$mutex('endless', () => {}, { timeoutMs: 5_000 })
        })
      })

      it('asked for beside a statement of the same moment that fails says so, or is there', async () => {
        await withPrisma(combination, async (prisma) => {
          await prisma
            .$transaction(async (tx) => {
              const failing = tx.$executeRawUnsafe('SELECT nonsense FROM nowhere')
              const joining = tx.$mutex('beside', () => 'there')
              const [failed, joined] = await Promise.allSettled([failing, joining])
              assert.equal(failed.status, 'rejected')
              if (joined.status === 'rejected') assert.equal((joined.reason as { code?: string }).code, 'LOCK_FAILED')
              else assert.equal(joined.value, 'there')
            })
            .catch((error: unknown) => assert.ok(!(error instanceof assert.AssertionError), String(error)))
          assert.equal(await prisma.$mutexHolder('beside'), null)
        })
      })
    }

    it('inside its own callback is re-entrant, and takes further locks', async () => {
      await withPrisma(combination, async (prisma) => {
        await prisma.$mutex('outer', async (tx, lock) => {
          await tx.$mutex('outer', async (same, inner) => {
            assert.equal(inner.sessionId, lock.sessionId)
            await same.$mutex('inner', async () => {})
          })
          assert.notEqual(await prisma.$mutexHolder('inner'), null)
          assert.deepEqual(await tx.$tryMutex('inner', () => 7), { acquired: true, value: 7 })
          await assert.rejects(
            prisma.$mutex('outer', () => assert.fail('ran')),
            { code: 'LOCK_REENTRY', message: /tx\.\$mutex/ },
          )
        })
        for (const name of ['outer', 'inner']) assert.equal(await prisma.$mutexHolder(name), null)
      })
    })

    it('of a transaction that has ended is refused', async () => {
      await withPrisma(combination, async (prisma) => {
        let ended: LockingTransaction | undefined
        await prisma.$mutex('ended', async (tx) => {
          ended = tx
        })
        await assert.rejects(
          ended!.$mutex('late', () => assert.fail('ran')),
          { code: 'LOCK_FAILED', message: /committed or rolled back/ },
        )
      })
    })

    it('cannot hold a lock with no transaction open, and says where that can be had', async () => {
      await withPrisma(combination, async (prisma) => {
        await prisma.$mutex('transaction', async (tx) => {
          for (const call of ['$acquireMutex', '$tryAcquireMutex'] as const) {
            await assert.rejects(tx[call]('held'), {
              code: 'LOCK_UNSUPPORTED',
              message: new RegExp(`prisma\\.\\${call}`),
            })
          }
        })
      })
    })

    it('cannot be part of a batch: refused before anything is sent', async () => {
      await withPrisma(combination, async (prisma) => {
        const id = await newAccount(prisma)
        const update = () => prisma.account.update({ where: { id }, data: { balance: 1 } })
        let ran = 0
        const calls = [
          () => prisma.$mutex('batch', () => (ran += 1)),
          () => prisma.$tryMutex('batch', () => (ran += 1)),
          () => prisma.$acquireMutex('batch'),
          () => prisma.$tryAcquireMutex('batch'),
        ]
        for (const call of calls) {
          const batch = async (): Promise<unknown> => prisma.$transaction([update(), call()] as never)
          await assert.rejects(batch(), {
            code: 'LOCK_UNSUPPORTED',
            message: /prisma\.\$transaction\(\[…\]\).*prisma\.\$mutex/s,
          })
        }
        await sleep(100)
        assert.equal(ran, 0)
        assert.equal(await prisma.$mutexHolder('batch'), null)
        assert.equal(await balanceOf(prisma, id), 0)
        // A batch of Prisma's own is none of a lock that is held around it.
        await prisma.$mutex('around', () => prisma.$transaction([update(), update()]))
        assert.equal(await balanceOf(prisma, id), 1)
      })
    })
  })
}

describe('nested transactions of Prisma 7', () => {
  for (const combination of COMBINATIONS.filter(({ version }) => version.title === 'Prisma 7')) {
    it(`inside a lock's are part of it: ${titleOf(combination)}`, async () => {
      await withPrisma(combination, async (prisma) => {
        const id = await newAccount(prisma)
        await prisma.$mutex('outer', async (tx) => {
          await tx.account.update({ where: { id }, data: { balance: 1 } })
          await tx
            .$transaction(async (nested) => {
              await nested.$mutex('nested', () => nested.account.update({ where: { id }, data: { balance: 2 } }))
              throw new Error('undo')
            })
            .catch(() => {})
          // What is rolled back to a savepoint keeps its locks: only the outermost end makes anything visible.
          assert.notEqual(await prisma.$mutexHolder('nested'), null)
          await tx.$transaction((nested) => nested.$mutex('outer', async () => {}))
        })
        assert.equal(await balanceOf(prisma, id), 1)
        for (const name of ['outer', 'nested']) assert.equal(await prisma.$mutexHolder(name), null)
      })
    })
  }
})
