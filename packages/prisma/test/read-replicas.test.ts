import assert from 'node:assert/strict'
import { namedLocks } from '@ormutex/prisma'
import { PrismaClient } from '@ormutex-test/prisma-7'
import { type Flavour, FLAVOURS, startServer, type TestServer } from '@ormutex-test/servers'
import { readReplicas } from '@prisma/extension-read-replicas'
import { adapterOf, type AdapterKind, configFor, newAccount, serverWithTables } from './opened.js'
import { PRISMA_7 } from './versions.js'

/** A second server of a flavour: to Prisma the one that is read from. It is told apart by its port. */
const replicas = new Map<Flavour, Promise<TestServer>>()

function replicaOf(flavour: Flavour): Promise<TestServer> {
  const replica = replicas.get(flavour) ?? startServer(flavour)
  replicas.set(flavour, replica)
  return replica
}

describe('the read-replicas extension', () => {
  after(async () => {
    for (const replica of replicas.values()) await (await replica).stop()
  })

  for (const flavour of FLAVOURS) {
    for (const kind of ['lockable', 'plain'] as const satisfies readonly AdapterKind[]) {
      for (const order of ['before', 'after'] as const) {
        it(`${order} the locks has them on the primary: a ${kind} adapter on ${flavour}`, async () => {
          const [primary, replica] = [await serverWithTables(flavour), await replicaOf(flavour)]
          const open = (server: TestServer): PrismaClient =>
            new PrismaClient({ adapter: adapterOf(new PRISMA_7.PrismaMariaDb(configFor(server)), kind) })
          const client = open(primary)
          const replicated = readReplicas({ replicas: [open(replica)] })
          const prisma =
            order === 'before'
              ? client.$extends(replicated).$extends(namedLocks({ namespace: 'replicas' }))
              : client.$extends(namedLocks({ namespace: 'replicas' })).$extends(replicated)
          try {
            const id = await newAccount(client as never)
            // A read goes to the other server, where there is not even a table.
            await assert.rejects(prisma.account.findMany(), { code: 'P2021' })
            const { port, key } = await prisma.$mutex('replicated', async (tx, lock) => {
              assert.equal((await tx.account.findUniqueOrThrow({ where: { id } })).balance, 0)
              await tx.account.update({ where: { id }, data: { balance: 1 } })
              const rows = await tx.$queryRaw<{ port: number | bigint }[]>`SELECT @@port AS port`
              const holder = await client.$queryRawUnsafe<{ id: unknown }[]>(`SELECT IS_USED_LOCK('${lock.key}') AS id`)
              assert.equal(String(holder[0]?.id), lock.sessionId)
              return { port: Number(rows[0]?.port), key: lock.key }
            })
            assert.equal(port, primary.port)
            const lock = await prisma.$acquireMutex('replicated')
            assert.equal(lock.key, key)
            const rows = await client.$queryRawUnsafe<{ id: unknown }[]>(`SELECT IS_USED_LOCK('${key}') AS id`)
            assert.equal(String(rows[0]?.id), lock.sessionId)
            assert.equal((await prisma.$mutexHolder('replicated'))?.sessionId, lock.sessionId)
            await lock.release()
          } finally {
            await prisma.$disconnect()
          }
        })
      }
    }
  }
})
