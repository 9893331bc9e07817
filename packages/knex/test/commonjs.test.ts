import assert from 'node:assert/strict'
import { commonJsOutput } from '@ormutex-test/conformance'
import { sharedServer } from '@ormutex-test/servers'
import { FLAVOURS } from './opened.js'

const PROGRAM = `
const knex = require('knex')
const { namedLocks, OrmutexError } = require('@ormutex/knex')
const db = namedLocks(knex({ client: 'mysql2', connection: process.env.DATABASE }))
db.withNamedLock('user:42', async (trx, lock) => {
  const nested = await db.withNamedLock('user:42', () => 1).catch((error) => error instanceof OrmutexError && error.code)
  return [lock.name, nested]
}).then((result) => { console.log(JSON.stringify(result)); return db.destroy() })
`

describe('@ormutex/knex from CommonJS', () => {
  for (const flavour of FLAVOURS) {
    it(`is had with require() and works on ${flavour}`, async () => {
      const { url } = await sharedServer(flavour)
      const output = await commonJsOutput(new URL('../', import.meta.url), PROGRAM, url)
      assert.deepEqual(output, ['user:42', 'LOCK_REENTRY'])
    })
  }
})
