import assert from 'node:assert/strict'
import { delayReply, startFaultProxy } from '@ormutex/testkit/fault-proxy'
import { FLAVOURS } from '@ormutex-test/servers'
import { deriveKey } from '@ormutex/core'
import type { Lock } from '@ormutex/mysql2'
import { BIN, cli } from './cli.js'
import { type Database, openDatabase } from './database.js'
import { Holders } from './holders.js'

for (const flavour of FLAVOURS) {
  describe(`ormutex run and a lock that somebody has, on ${flavour}`, () => {
    let database: Database
    let holders: Holders
    let held: Lock
    before(async () => {
      database = await openDatabase(flavour)
      holders = new Holders({ ...database.server, database: database.name })
      held = await holders.open().acquireNamedLock('nightly')
    })
    after(async () => {
      await holders.end()
      await database.close()
    })

    it('says who has it, also where the first answer to that is late', async () => {
      const proxy = await startFaultProxy(database.server)
      try {
        const url = new URL(database.url)
        url.port = String(proxy.port)
        for (const timeout of ['0', '1s']) {
          const late = proxy.on(/IS_USED_LOCK/, delayReply(500))
          const { code, stderr } = await cli(['run', 'nightly', '--timeout', timeout, '--', 'echo', 'ran'], {
            env: { DATABASE_URL: url.href },
          })
          assert.equal(late.hits, 1)
          assert.equal(code, 75)
          assert.match(stderr, new RegExp(`^ormutex: The lock "nightly" [^:]*: session ${held.sessionId} .* has it\n$`))
        }
        if (flavour === 'mariadb') return
        // Where nobody tells, the line does without: it is not waited for for long.
        const never = proxy.on(/IS_USED_LOCK/, delayReply(60_000), { times: Infinity })
        const { code, stderr } = await cli(['run', 'nightly', '--timeout', '0', '--', 'echo', 'ran'], {
          env: { DATABASE_URL: url.href },
        })
        assert.deepEqual([code, stderr], [75, 'ormutex: The lock "nightly" is taken\n'])
        assert.ok(never.hits > 1)
      } finally {
        await proxy.close()
      }
    })

    it('with --quiet says nothing of that, and all the rest', async () => {
      const { env } = database
      const [taken, skipped, late, gone] = await Promise.all([
        cli(['run', 'nightly', '--quiet', '--timeout', '1s', '--', 'echo', 'ran'], { env }),
        cli(['run', 'nightly', '-q', '--timeout', '0', '--conflict-exit-code', '0', '--', 'echo', 'ran'], { env }),
        cli(['run', 'quiet', '-q', '--hold-timeout', '100ms', '--', 'sleep', '60'], { env }),
        cli(['run', 'quiet', '-q', '--', 'true'], { env: { DATABASE_URL: 'mysql://nobody@127.0.0.1:1/x' } }),
      ])
      assert.deepEqual([taken.code, taken.stdout, taken.stderr], [75, '', ''])
      assert.deepEqual([skipped.code, skipped.stdout, skipped.stderr], [0, '', ''])
      assert.equal(late.code, 76)
      assert.match(late.stderr, /^ormutex: the lock "quiet" has been held for 100 ms, .*; ending the command\n$/)
      assert.equal(gone.code, 69)
      assert.match(gone.stderr, /ECONNREFUSED/)
    })

    it('says so when the command itself was started under that lock', async () => {
      const inner = (...names: readonly string[]) =>
        ['--', process.execPath, BIN, 'run', ...names, '--timeout', '1s', '--', 'echo', 'ran'] as const
      const { env } = database
      const [same, exact, other] = await Promise.all([
        cli(['run', 'same', ...inner('same')], { env }),
        cli(['run', 'exact', '--exact-name', ...inner('exact', '--exact-name')], { env }),
        cli(['run', 'other', ...inner('nightly')], { env }),
      ])
      const started =
        /; this command was itself started under that lock, as ORMUTEX_KEY says, so it may have waited for itself\n$/
      for (const { code, stdout, stderr } of [same, exact]) {
        assert.deepEqual([code, stdout], [75, ''])
        assert.match(stderr, /^ormutex: The lock "\w+" was not granted within 1\.0 s: session \d+ .*has it; /)
        assert.match(stderr, started)
      }
      assert.equal(other.code, 75)
      assert.doesNotMatch(other.stderr, started)
    })
  })

  describe(`ormutex run without a database, on ${flavour}`, () => {
    it('says that it takes the lock in the empty namespace, where that is what it does', async () => {
      const database = await openDatabase(flavour)
      const nowhere = new URL(database.url)
      nowhere.pathname = '/'
      const run = async (url: string, ...args: readonly string[]) => {
        const { code, stdout, stderr } = await cli(['run', 'a', ...args, '--', 'sh', '-c', 'echo $ORMUTEX_KEY'], {
          env: { DATABASE_URL: url },
        })
        return [code, stdout.trim(), stderr]
      }
      const [empty, ...others] = await Promise.all([
        run(nowhere.href),
        run(nowhere.href, '--namespace', 'rr-shop'),
        run(nowhere.href, '--exact-name'),
        run(database.url),
      ])
      const told =
        'ormutex: the lock "a" is taken in the empty namespace (neither --namespace nor a database is given), so it excludes nobody ' +
        'who has either; --namespace, ORMUTEX_NAMESPACE or a database in the URL says which one is meant\n'
      assert.deepEqual(empty, [0, deriveKey('', 'a'), told])
      assert.deepEqual(others, [
        [0, deriveKey('rr-shop', 'a'), ''],
        [0, 'a', ''],
        [0, deriveKey(database.name, 'a'), ''],
      ])
      await database.close()
    })
  })
}
