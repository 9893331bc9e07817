import { lockable, namedLocks } from '@ormutex/prisma'
import { PrismaMariaDb } from '@prisma/adapter-mariadb'
import { PrismaClient } from './generated/prisma/client.js'

const adapter = lockable(new PrismaMariaDb(process.env.DATABASE_URL!))
const prisma = new PrismaClient({ adapter }).$extends(namedLocks({ namespace: 'shop' }))

/** Takes each event in once, and keeps an older one from undoing a newer one. */
async function receive(event: WebhookEvent): Promise<'applied' | 'seen before' | 'out of date'> {
  return prisma.$mutex(`payment:${event.payment}`, async (tx) => {
    if ((await tx.webhookEvent.findUnique({ where: { id: event.id } })) !== null) return 'seen before'
    await tx.webhookEvent.create({ data: { id: event.id } })

    const { payment: id, version, status } = event
    const payment = await tx.payment.findUnique({ where: { id } })
    if (payment !== null && payment.version >= version) return 'out of date'
    await tx.payment.upsert({ where: { id }, create: { id, version, status }, update: { version, status } })
    if (status === 'paid') await tx.mail.create({ data: { text: `Thank you for ${id}` } })
    return 'applied'
  })
}

/** What the payment provider sends. */
interface WebhookEvent {
  id: string
  /** What it is about. */
  payment: string
  /** Grows with every change of the payment, in whatever order the events arrive. */
  version: number
  status: string
}

// In an application `prisma migrate` makes them.
await prisma.$executeRaw`CREATE TABLE IF NOT EXISTS payments (id VARCHAR(64) PRIMARY KEY,
  version INT NOT NULL, status VARCHAR(32) NOT NULL)`
await prisma.$executeRaw`CREATE TABLE IF NOT EXISTS webhook_events (id VARCHAR(64) PRIMARY KEY)`
await prisma.$executeRaw`CREATE TABLE IF NOT EXISTS mails (id INT AUTO_INCREMENT PRIMARY KEY,
  text VARCHAR(255) NOT NULL)`

// The provider was impatient, so one event comes twice, and the one before it comes last.
const paid = { id: 'event 2', payment: 'payment 7', version: 2, status: 'paid' }
const created = { id: 'event 1', payment: 'payment 7', version: 1, status: 'created' }
const answers = await Promise.all(
  [paid, paid, created].map(async (event) => `${event.id}: ${await receive(event)}`),
)

console.log(answers.join('\n'))
await prisma.$disconnect()
