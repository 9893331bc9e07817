import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
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
      const server = await sharedServer(flavour)
      const { stdout } = await promisify(execFile)(process.execPath, ['--eval', PROGRAM], {
        cwd: fileURLToPath(new URL('../', import.meta.url)),
        env: { ...process.env, DATABASE: server.url },
      })
      assert.deepEqual(JSON.parse(stdout), ['user:42', 'LOCK_REENTRY'])
    })
  }
})
