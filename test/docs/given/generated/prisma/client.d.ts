export { Prisma, PrismaClient } from '@ormutex-test/prisma-7'
