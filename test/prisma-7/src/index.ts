export { PrismaMariaDb } from '@prisma/adapter-mariadb'
export { Prisma, PrismaClient } from './generated/client.js'
