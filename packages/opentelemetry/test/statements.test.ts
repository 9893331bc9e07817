import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { FLAVOURS, sharedServer } from '@ormutex-test/servers'

const PROGRAM = fileURLToPath(new URL('with-mysql2-spans.js', import.meta.url))

describe('beside the instrumentation of mysql2', () => {
  for (const flavour of FLAVOURS) {
    it(`statements are spans in the wait or the hold that they belong to, on ${flavour}`, async () => {
      const { url } = await sharedServer(flavour)
      const { stdout } = await promisify(execFile)(process.execPath, [PROGRAM, url])
      assert.deepEqual(stdout.trim().split('\n'), [
        'GET_LOCK in ormutex.acquire transaction',
        'ormutex.acquire transaction in caller',
        'BEGIN in ormutex.hold transaction',
        'SELECT 7 in ormutex.hold transaction',
        'GET_LOCK in ormutex.acquire joined',
        'ormutex.acquire joined in ormutex.hold transaction',
        'SELECT 8 in ormutex.hold joined',
        'COMMIT in ormutex.hold transaction',
        'RELEASE_LOCK in ormutex.hold transaction',
        'ormutex.hold transaction in caller',
        'ormutex.hold joined in ormutex.hold transaction',
        'caller in nothing',
      ])
    })
  }
})
