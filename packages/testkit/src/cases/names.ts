import assert from 'node:assert/strict'
import { deriveKey } from '@ormutex/core'
import { holderId } from '../server-view.js'
import type { Suite } from '../suite.js'
import { rejection } from '../support/rejection.js'

/** Names that MySQL or MariaDB would mix up, tear apart or refuse by themselves. */
const ODD_NAMES = [
  'user:42',
  'User:42',
  'user:42 ',
  ' user:42',
  'user:42\0',
  'a\0b',
  'a\0c',
  'a',
  'x'.repeat(64),
  'x'.repeat(65),
  'x'.repeat(200),
  'x'.repeat(1_024),
  'caf\u00e9',
  'cafe\u0301',
  'cafe',
  'CAF\u00c9',
  '\u212a',
  'k',
  '😀',
  '😃',
  'ß',
  'ss',
  "it's; -- \\",
  '42',
] as const

/** The table of the contract: namespace, name, key, secret. */
const KEYS: readonly (readonly [namespace: string, name: string, key: string, secret?: string])[] = [
  ['shop', 'user:42', 'user:42~gfbosbvfsgi6fzl3sijb7de3wkd3oz7q'],
  ['shop', 'User:42', 'user:42~3zsxr73ukmwwlxw52dv3dqbuajytehna'],
  ['shop', 'user:42 ', 'user:42_~7rxgczwulhs6qnpxxrjwrqqygsjiagx2'],
  ['', 'user:42', 'user:42~oilpibqv3vta4e5wnboxhn6cdlstsfal'],
  ['shop', 'caf\u00e9', 'caf_~qk7fzusqtyfprlci6gacjstvqghmbpwk'],
  ['shop', 'cafe\u0301', 'cafe_~idpj665gsyees47fu7uuatowz675kkcr'],
  ['shop', '😀', '_~sjh5ruji4i5lyilfsmxiedgrjo2rk7uh'],
  ['shop', 'a\0b', 'a_b~uw5movxwe5girguwhwgwi2naym6sdqat'],
  ['shop', 'x'.repeat(200), `${'x'.repeat(31)}~aaett2o6xwh33zy3phyxacmnvnixi742`],
  ['shop', 'user:42', 'ormutex~nuvow2ibuypvtxbvaj6mwjrzxdmfawrm', 's3cret'],
]

/** What an application may have set on its connections. */
const CONNECTION_SETTINGS = [
  'SET NAMES latin1',
  'SET character_set_connection = latin1',
  'SET character_set_connection = utf16',
  "SET NAMES utf8mb4 COLLATE 'utf8mb4_bin'",
  "SET SESSION sql_mode = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES,STRICT_ALL_TABLES'",
]

/** Names are exactly as distinct as the strings are, and keys are what the contract says. */
export function nameCases<Tx>(suite: Suite<Tx>): void {
  suite.describe('names', () => {
    suite.it('that servers would mix up are as distinct as the strings', async (stage) => {
      const [subject, other] = [await stage.open({ poolSize: ODD_NAMES.length }), await stage.open()]
      const held = await Promise.all(ODD_NAMES.map((name) => subject.locks.acquireNamedLock(name, { timeoutMs: 0 })))
      assert.equal(new Set(held.map(({ key }) => key)).size, ODD_NAMES.length)
      for (const name of ODD_NAMES)
        assert.equal(await other.locks.tryAcquireNamedLock(name), null, JSON.stringify(name))
      await Promise.all(held.map((lock) => lock.release()))
      for (const name of ODD_NAMES) await (await other.locks.acquireNamedLock(name, { timeoutMs: 0 })).release()
    })

    suite.it('have the keys of the contract', async (stage) => {
      for (const [namespace, name, key, secret] of KEYS) {
        const subject = await stage.open({
          poolSize: 1,
          namedLocks: { namespace, ...(secret !== undefined && { secret }) },
        })
        const lock = await subject.locks.acquireNamedLock(name)
        assert.equal(lock.key, key)
        assert.equal(lock.name, name)
        if (suite.capabilities.server) assert.equal(await holderId(stage.environment, key), lock.sessionId)
        await lock.release()
      }
    })

    suite.it('are apart in different namespaces and under different secrets', async (stage) => {
      const settings = [
        {},
        { namespace: 'another' },
        { secret: 'one' },
        { secret: 'two' },
        { secret: new Uint8Array([1]) },
      ]
      const sources = await Promise.all(settings.map((namedLocks) => stage.open({ namedLocks })))
      const name = stage.name()
      const held = await Promise.all(sources.map(({ locks }) => locks.acquireNamedLock(name, { timeoutMs: 0 })))
      await Promise.all(held.map((lock) => lock.release()))
    })

    suite.it('with exactName are the keys, and nothing else will do', async (stage) => {
      const [subject, other] = [await stage.open(), await stage.open({ namedLocks: { namespace: 'another' } })]
      const name = `exact.${stage.name()}~_-`
      const lock = await subject.locks.acquireNamedLock(name, { exactName: true })
      assert.equal(lock.key, name)
      assert.equal(await other.locks.tryAcquireNamedLock(name, { exactName: true }), null)
      assert.equal((await other.locks.namedLockHolder(name, { exactName: true }))?.sessionId, lock.sessionId)
      if (suite.capabilities.server) assert.equal(await holderId(stage.environment, name), lock.sessionId)
      await lock.release()
      for (const refused of ['Upper', 'with space', 'é', "it's", 'x'.repeat(65)]) {
        assert.ok(
          (await rejection(subject.locks.acquireNamedLock(refused, { exactName: true }))) instanceof TypeError,
          refused,
        )
      }
    })

    suite.itOnServer('are in the current database unless a namespace is given', async (stage) => {
      const subject = await stage.open({ inDefaultNamespace: true })
      const name = stage.name()
      const lock = await subject.locks.acquireNamedLock(name)
      assert.equal(lock.key, deriveKey(stage.environment.server.database, name))
      assert.equal((await subject.locks.namedLockHolder(name))?.sessionId, lock.sessionId)
      await lock.release()
    })

    for (const setting of suite.capabilities.server ? CONNECTION_SETTINGS : []) {
      suite.it(`are the same on a connection after ${setting}`, async (stage) => {
        const [subject, other] = [await stage.open({ poolSize: 1 }), await stage.open({ poolSize: ODD_NAMES.length })]
        await subject.query(null, setting)
        const held = await Promise.all(ODD_NAMES.map((name) => other.locks.acquireNamedLock(name)))
        for (const name of ODD_NAMES)
          assert.equal(await subject.locks.tryAcquireNamedLock(name), null, JSON.stringify(name))
        await Promise.all(held.map((lock) => lock.release()))
        for (const name of ODD_NAMES) {
          await subject.locks.withNamedLock(name, async (_, lock) => {
            assert.equal(lock.key, stage.keyOf(name))
            assert.equal(await other.locks.tryAcquireNamedLock(name), null, JSON.stringify(name))
          })
        }
      })
    }
  })
}
