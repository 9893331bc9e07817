import { lockable, namedLocks } from '@ormutex/prisma'
import { PrismaMariaDb } from '@prisma/adapter-mariadb'
import { readReplicas } from '@prisma/extension-read-replicas'
import { Prisma, PrismaClient } from './generated/prisma/client.js'

const url = process.env.DATABASE_URL!

/** A query extension: hides customers that are deleted. */
const softDelete = Prisma.defineExtension({
  query: {
    customer: {
      findMany: ({ args, query }) => query({ ...args, where: { deletedAt: null, ...args.where } }),
      findFirst: ({ args, query }) => query({ ...args, where: { deletedAt: null, ...args.where } }),
    },
  },
})

/** A result extension. */
const standing = Prisma.defineExtension({
  result: { customer: { isInCredit: { needs: { credit: true }, compute: ({ credit }) => credit > 0 } } },
})

/** A client extension: what it writes belongs together, so it writes with the client that it is called on. */
const audited = Prisma.defineExtension({
  client: {
    async $changeCredit(customerId: number, change: number): Promise<void> {
      const prisma = Prisma.getExtensionContext(this) as unknown as Pick<PrismaClient, 'customer' | 'auditEntry'>
      await prisma.customer.update({ where: { id: customerId }, data: { credit: { increment: change } } })
      await prisma.auditEntry.create({ data: { customerId, change } })
    },
  },
})

const replica = new PrismaClient({ adapter: new PrismaMariaDb(process.env.REPLICA_URL ?? url) })

const prisma = new PrismaClient({ adapter: lockable(new PrismaMariaDb(url)) })
  .$extends(softDelete)
  .$extends(standing)
  .$extends(audited)
  .$extends(readReplicas({ replicas: [replica] }))
  .$extends(namedLocks({ namespace: 'shop' }))

/** Pays from what the customer is found to have, on the primary, whatever the replica is behind. */
async function pay(id: number, amount: number): Promise<boolean> {
  return prisma.$mutex(`customer:${id}`, async (tx) => {
    const customer = await tx.customer.findFirst({ where: { id } })
    if (!customer?.isInCredit || customer.credit < amount) return false
    await tx.$changeCredit(id, -amount)
    return true
  })
}

// In an application `prisma migrate` makes them.
await prisma.$executeRaw`CREATE TABLE IF NOT EXISTS customers (id INT PRIMARY KEY, credit INT NOT NULL,
  deleted_at DATETIME(3))`
await prisma.$executeRaw`CREATE TABLE IF NOT EXISTS audit_entries (id INT AUTO_INCREMENT PRIMARY KEY,
  customer_id INT NOT NULL, credit_change INT NOT NULL)`
// The second one is deleted.
await prisma.$executeRaw`INSERT IGNORE INTO customers VALUES (1, 80, NULL), (2, 80, NOW(3))`

const paid: boolean[] = []
for (let count = 0; count < 5; count += 1) paid.push(await pay(1, 10), await pay(2, 10))
console.log(`Paid ${paid.filter(Boolean).length} times`)

await prisma.$disconnect()
