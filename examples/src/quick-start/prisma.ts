import { lockable, namedLocks } from '@ormutex/prisma'
import { PrismaMariaDb } from '@prisma/adapter-mariadb'
import { PrismaClient } from '../generated/prisma/client.js'

const adapter = lockable(new PrismaMariaDb(process.env.DATABASE_URL!))
const prisma = new PrismaClient({ adapter }).$extends(namedLocks({ namespace: 'shop' }))

const { balance } = await prisma.$mutex('account:42', async (tx) => {
  const account = await tx.account.findUniqueOrThrow({ where: { id: 42 } })
  return tx.account.update({ where: { id: 42 }, data: { balance: account.balance - 10 } })
})

console.log(`${balance} left`)
await prisma.$disconnect()
