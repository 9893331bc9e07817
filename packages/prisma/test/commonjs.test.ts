import assert from 'node:assert/strict'
import { commonJsOutput } from '@ormutex-test/conformance'
import { FLAVOURS } from '@ormutex-test/servers'
import { serverWithTables } from './opened.js'

const PROGRAM = `
const { PrismaMariaDb } = require('@prisma/adapter-mariadb')
const { lockable, namedLocks, OrmutexError } = require('@ormutex/prisma')
const { PrismaClient } = require('@ormutex-test/prisma-7/js')
const adapter = lockable(new PrismaMariaDb(process.env.DATABASE + '?allowPublicKeyRetrieval=true'))
const prisma = new PrismaClient({ adapter }).$extends(namedLocks())
prisma.$mutex('user:42', async (tx, lock) => {
  const nested = await prisma.$mutex('user:42', () => 1).catch((error) => error instanceof OrmutexError && error.code)
  return [lock.name, nested, typeof (await tx.account.count())]
}).then((result) => { console.log(JSON.stringify(result)); return prisma.$disconnect() })
`

describe('@ormutex/prisma from CommonJS', () => {
  for (const flavour of FLAVOURS) {
    it(`is had with require() and works on ${flavour}`, async () => {
      const { url } = await serverWithTables(flavour)
      const output = await commonJsOutput(new URL('../', import.meta.url), PROGRAM, url)
      assert.deepEqual(output, ['user:42', 'LOCK_REENTRY', 'number'])
    })
  }
})
