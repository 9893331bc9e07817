export { PrismaMariaDb } from '@prisma/adapter-mariadb'
export { Prisma, PrismaClient } from '../generated/index.js'

// It goes before what the schema says, and whoever runs the tests may have it for something else.
delete process.env['PRISMA_CLIENT_ENGINE_TYPE']
