import assert from 'node:assert/strict'
import { type SplittingMode, startSplittingProxy } from '@ormutex/testkit/splitting-proxy'
import { type Combination, COMBINATIONS, type LockingClient, serverWithTables, titleOf, withPrisma } from './opened.js'

const REFUSED = { code: 'LOCK_UNSUPPORTED', message: /^A proxy between here and the server/ }

const POOL_SIZE = 5

/** Runs a test with a client that goes through a proxy. */
async function behind(
  combination: Combination,
  mode: SplittingMode,
  test: (prisma: LockingClient) => Promise<void>,
): Promise<void> {
  const proxy = await startSplittingProxy({ ...(await serverWithTables(combination.flavour)), mode })
  try {
    const opened = async (prisma: LockingClient): Promise<void> => {
      await openAll(prisma)
      await test(prisma)
    }
    await withPrisma(combination, opened, { poolSize: POOL_SIZE, pool: { host: proxy.host, port: proxy.port } })
  } finally {
    await proxy.close()
  }
}

for (const combination of COMBINATIONS) {
  describe(`a proxy in between, ${titleOf(combination)}`, () => {
    it('that gives each statement a session is refused at first use', async () => {
      await behind(combination, 'statement', async (prisma) => {
        await assert.rejects(
          prisma.$mutex('a', () => assert.fail('ran')),
          REFUSED,
        )
        await assert.rejects(prisma.$acquireMutex('a'), REFUSED)
      })
    })

    it('that gives each transaction a session is refused at first use', async () => {
      await behind(combination, 'transaction', (prisma) => assert.rejects(prisma.$acquireMutex('a'), REFUSED))
    })

    if (combination.kind === 'plain') {
      it('that gives each transaction a session keeps a lock that is taken and released in one, and is not refused', async () => {
        await behind(combination, 'transaction', async (prisma) => {
          await prisma.$mutex('a', async (tx, lock) => {
            // Leaves no session free that would be the same as before.
            await Promise.all([1, 2, 3].map(() => prisma.$queryRaw`SELECT SLEEP(0.01)`))
            const [row] = await tx.$queryRaw<[{ id: bigint }]>`SELECT CONNECTION_ID() AS id`
            assert.equal(String(row.id), lock.sessionId)
            assert.equal((await prisma.$mutexHolder('a'))?.sessionId, lock.sessionId)
          })
          assert.equal(await prisma.$mutexHolder('a'), null)
        })
      })
    } else {
      it('that gives each transaction a session is refused where the lock is taken before that', async () => {
        await behind(combination, 'transaction', (prisma) =>
          assert.rejects(
            prisma.$mutex('a', () => assert.fail('ran')),
            REFUSED,
          ),
        )
      })
    }

    it('that keeps a session for whoever has a lock is none to care about', async () => {
      await behind(combination, 'pinned', async (prisma) => {
        await using lock = await prisma.$acquireMutex('pinned')
        assert.equal((await prisma.$mutexHolder('pinned'))?.sessionId, lock.sessionId)
        assert.equal(await prisma.$tryAcquireMutex('pinned'), null)
        assert.equal(await prisma.$mutex('other', async (_, other) => other.name), 'other')
      })
    })
  })
}

/** Opens all connections of a pool: what one alone does not show is found out with a second one, if there is one soon. */
async function openAll(prisma: LockingClient): Promise<void> {
  let open = 0
  let meet!: () => void
  const met = new Promise<void>((resolve) => (meet = resolve))
  const occupy = async (): Promise<void> => {
    if ((open += 1) === POOL_SIZE) meet()
    await met
  }
  await Promise.all(Array.from({ length: POOL_SIZE }, () => prisma.$transaction(occupy)))
}
