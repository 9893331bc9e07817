import assert from 'node:assert/strict'
import { commonJsOutput } from '@ormutex-test/conformance'
import { sharedServer } from '@ormutex-test/servers'
import { COMBINATIONS, configFor, titleOf } from './opened.js'

const PROGRAM = `
const { Sequelize } = require('sequelize')
const { namedLocks, OrmutexError } = require('@ormutex/sequelize')
const sequelize = namedLocks(new Sequelize(JSON.parse(process.env.DATABASE)))
sequelize.withNamedLock('user:42', async (transaction, lock) => {
  const nested = await sequelize.withNamedLock('user:42', () => 1).catch((error) => error instanceof OrmutexError && error.code)
  return [lock.name, nested]
}).then((result) => { console.log(JSON.stringify(result)); return sequelize.close() })
`

describe('@ormutex/sequelize from CommonJS', () => {
  for (const combination of COMBINATIONS) {
    it(`is had with require() and works with ${titleOf(combination)}`, async () => {
      const config = configFor(combination.dialect, await sharedServer(combination.flavour))
      const output = await commonJsOutput(new URL('../', import.meta.url), PROGRAM, JSON.stringify(config))
      assert.deepEqual(output, ['user:42', 'LOCK_REENTRY'])
    })
  }
})
