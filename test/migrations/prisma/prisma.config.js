import { PrismaLibSQL } from '@prisma/adapter-libsql'
import { defineConfig } from 'prisma/config'

// The schema engine that comes with the package knows PostgreSQL and SQLite; the one for MySQL and MariaDB is a program that has to be
// downloaded from a host of Prisma's.
export default defineConfig({
  experimental: { adapter: true },
  engine: 'js',
  adapter: async () => new PrismaLibSQL({ url: process.env.SHOP_URL }),
  schema: 'schema.prisma',
  migrations: { path: 'migrations' },
})
