import assert from 'node:assert/strict'
import { startFaultProxy } from '@ormutex/testkit/fault-proxy'
import { sharedServer, startServer, type TestServer } from '@ormutex-test/servers'
import { deriveKey } from '@ormutex/core'
import type { Lock } from '@ormutex/mysql2'
import { type Connection, createConnection } from 'mysql2/promise'
import type { SurveyJson } from '../dist/show/survey-json.js'
import { administer, grantAccount, newCredentials, urlOf } from './account.js'
import { cli } from './cli.js'
import { Holders } from './holders.js'
import { PseudoTerminal } from './pseudo-terminal.js'

async function json(server: TestServer, ...args: string[]): Promise<SurveyJson> {
  const { code, stdout } = await cli(['ls', '--json', ...args], { env: { DATABASE_URL: server.url } })
  assert.equal(code, 0)
  return JSON.parse(stdout) as SurveyJson
}

interface Scene {
  readonly server: TestServer
  readonly held: Lock
  readonly quiet: Lock
  readonly other: Lock
  readonly foreign: Connection
}

/** A lock that somebody waits for, one that nobody does, one of another namespace, and one of another program. */
async function withScene(server: TestServer, test: (scene: Scene) => Promise<void>): Promise<void> {
  const holders = new Holders(server)
  const { host, port, user, password } = server
  const connectAttributes = { ormutex_label: 'stranger:\u{1b}[31m' }
  const foreign = await createConnection({ host, port, user, password, connectAttributes })
  try {
    const shop = holders.open({ namespace: 'ls-shop', label: 'shop-1:4711' })
    const held = await shop.acquireNamedLock('user:42')
    const quiet = await shop.acquireNamedLock('Nightly report')
    holders.wait(holders.open({ namespace: 'ls-shop', label: 'shop-2:812' }), 'user:42')
    const billing = holders.open({ namespace: 'ls-billing', label: 'billing-1' })
    const other = await billing.acquireNamedLock('invoice')
    holders.wait(holders.open({ namespace: 'ls-billing', label: 'billing-2' }), 'invoice')
    await foreign.query("DO GET_LOCK('somebody else''s', 0)")
    await holders.untilWaiting(2)
    await test({ server, held, quiet, other, foreign })
  } finally {
    foreign.destroy()
    await holders.end()
  }
}

describe('ormutex ls', () => {
  const settings = { performance_schema: 'ON', 'performance-schema-instrument': 'wait/lock/metadata/sql/mdl=ON' }
  for (const [title, open] of [
    ['on MySQL', () => sharedServer('mysql')],
    ['on MariaDB that shows its locks', () => startServer('mariadb', { settings })],
  ] as const) {
    it(`${title} shows every lock of the namespace, and of the server`, async () => {
      const server = await open()
      await withScene(server, async ({ held, quiet, other, foreign }) => {
        const own = await json(server, '--namespace', 'ls-shop')
        assert.deepEqual([own.version, own.namespace, own.all, own.hidden], [1, 'ls-shop', false, []])
        assert.ok(Math.abs(Date.parse(own.seenAt) - Date.now()) < 20_000)
        const byKey = new Map(own.locks.map((lock) => [lock.key, lock]))
        assert.equal(byKey.has(other.key), false)
        const { holder, waiters, ...lock } = byKey.get(held.key)!
        assert.deepEqual(lock, { name: 'user:42', key: held.key, namespace: 'ls-shop', isOfNamespace: 'yes' })
        const { heldMs: _, ...who } = holder!
        assert.deepEqual(who, { sessionId: held.sessionId, user: server.user, host: '127.0.0.1', label: 'shop-1:4711' })
        assert.equal(waiters[0]!.label, 'shop-2:812')
        assert.ok(waiters[0]!.waitedMs! >= 0 && Number.isInteger(waiters[0]!.waitedMs))
        // The name cannot be read off its key, but the holder's connection tells the namespace.
        assert.deepEqual(
          [byKey.get(quiet.key)?.name, byKey.get(quiet.key)?.isOfNamespace, byKey.get(quiet.key)?.holder?.sessionId],
          [null, 'yes', quiet.sessionId],
        )
        const alien = own.locks.find(({ key }) => key === "somebody else's")
        assert.deepEqual([alien?.isOfNamespace, alien?.holder?.label], ['unknown', 'stranger:\\u{1b}[31m'])

        const all = await json(server, '--namespace', 'ls-shop', '--all')
        const billing = all.locks.find(({ key }) => key === other.key)
        assert.deepEqual([billing?.name, billing?.namespace, billing?.isOfNamespace], ['invoice', 'ls-billing', 'no'])

        const { stdout, stderr, code } = await cli(['ls', '--all', '--namespace', 'ls-shop'], {
          env: { DATABASE_URL: server.url },
        })
        assert.equal(code, 0)
        assert.match(stderr, /^ormutex: \? stands before a lock of which the namespace is not known: .*\n$/)
        assert.match(
          stdout,
          new RegExp(
            `^user:42 {2}${held.key}\\n {2}holds {2}shop-1:4711 +${held.sessionId} .*\\n {2}waits {2}shop-2:812 `,
            'm',
          ),
        )
        assert.match(stdout, /^invoice \(in "ls-billing"\) {2}invoice~.*\n {2}holds {2}billing-1 /m)
        assert.match(stdout, /^\? somebody else's\n {2}holds {2}stranger:\\u\{1b\}\[31m /m)
        assert.equal(stdout.includes('\u{1b}'), false)

        if (title === 'on MySQL') return
        // A server on which ormutex takes no lock: it is looked at all the same.
        await foreign.query('SET GLOBAL read_only = ON')
        assert.deepEqual((await json(server, '--namespace', 'ls-shop')).locks.length, own.locks.length)
      })
      if (title !== 'on MySQL') await server.stop()
    })
  }

  it('on MariaDB as it is by default shows what can be known, and says what cannot, and why', async () => {
    const server = await sharedServer('mariadb')
    await withScene(server, async ({ held, quiet }) => {
      const seen = await json(server, '--namespace', 'ls-shop')
      assert.equal(seen.locks.find(({ key }) => key === held.key)?.holder?.sessionId, held.sessionId)
      assert.equal(
        seen.locks.some(({ key }) => key === quiet.key),
        false,
      )
      assert.match(seen.hidden.join('\n'), /^Locks that nobody waits for are not listed.*metadata_lock_info/)
      assert.match(seen.hidden.join('\n'), /^Labels and namespaces are not shown: .* performance_schema/m)
      const env = { DATABASE_URL: server.url }
      const { stdout, stderr } = await cli(['ls', '--namespace', 'ls-shop'], { env })
      assert.match(stderr, /^ormutex: Locks that nobody waits for are not listed/m)
      // Of another namespace, which nothing shows here.
      assert.match(stdout, /^\? invoice~/m)
      // It can be asked for by name.
      const named = await cli(['ls', '--namespace', 'ls-shop', 'Nightly report', 'free'], { env })
      assert.match(named.stdout, new RegExp(`^Nightly report {2}${quiet.key}\\n {2}holds +${quiet.sessionId} `, 'm'))
      assert.match(named.stdout, /^free {2}free~\w+\n {2}free$/m)
      assert.doesNotMatch(named.stdout, /user:42/)
      const exact = await json(server, '--exact-name', quiet.key)
      assert.deepEqual([exact.locks.length, exact.locks[0]?.holder?.sessionId], [1, quiet.sessionId])
    })
  })

  for (const flavour of ['mysql', 'mariadb'] as const) {
    it(`on ${flavour} shows an account without privileges what it may see, and says what would show more`, async () => {
      const server = await sharedServer(flavour)
      const plain = newCredentials()
      await grantAccount(server, plain)
      await withScene(server, async ({ held }) => {
        const env = { DATABASE_URL: urlOf(plain, server.port, server.database) }
        const { stdout, stderr, code } = await cli(['ls', '--json', '--namespace', 'ls-shop', 'user:42'], { env })
        assert.deepEqual([code, stderr], [0, ''])
        const { locks, hidden } = JSON.parse(stdout) as SurveyJson
        const { sessionId, user: whose, label } = locks[0]!.holder!
        assert.deepEqual([sessionId, whose, label], [held.sessionId, null, null])
        assert.match(hidden.join('\n'), /GRANT PROCESS ON \*\.\*/)
        const human = await cli(['ls', '--namespace', 'ls-shop', 'user:42'], { env })
        assert.match(human.stdout, new RegExp(`holds +${held.sessionId} +\\?$`, 'm'))
        assert.match(human.stderr, /^ormutex: .*GRANT PROCESS ON \*\.\*/m)
        assert.ok(!(stdout + human.stdout + human.stderr).includes(plain.password))
        // That it sees nothing does not mean that there is nothing.
        const all = await cli(['ls', '--namespace', 'ls-shop'], { env })
        assert.deepEqual([all.code, all.stdout], [0, ''])
        assert.match(
          all.stderr,
          /^ormutex: No lock that somebody waits for is seen in namespace "ls-shop"\. Others may be held: "ormutex ls <name>" tells of one, and needs no rights\.$/m,
        )
        assert.doesNotMatch(all.stderr, /Nothing is locked/)
      })
    })

    it(`on ${flavour} says why a time is not shown, where that is so`, async () => {
      const server = await sharedServer(flavour)
      const plain = newCredentials()
      await grantAccount(server, plain)
      const holders = new Holders({ ...server, ...plain })
      try {
        const held = await holders.open({ namespace: 'ls-own' }).acquireNamedLock('user:42')
        const as = { env: { DATABASE_URL: urlOf(plain, server.port, server.database), ORMUTEX_NAMESPACE: 'ls-own' } }
        const why =
          /^ormutex: \? under FOR stands for a time that is not shown: .* GRANT SELECT ON performance_schema\.\* shows it\.$/m
        const [ls, kill] = await Promise.all([cli(['ls', 'user:42'], as), cli(['kill', 'user:42'], as)])
        for (const { stdout, stderr } of [ls, kill]) {
          const isTold = flavour === 'mariadb'
          assert.match(
            stdout,
            new RegExp(`${held.sessionId} +${plain.user}@127\\.0\\.0\\.1 +${isTold ? '≥ .* m?s' : '\\?'}$`, 'm'),
          )
          if (isTold) assert.doesNotMatch(stderr, why)
          else assert.match(stderr, why)
        }
        const { hidden } = JSON.parse((await cli(['ls', '--json', 'user:42'], as)).stdout) as SurveyJson
        assert.equal(
          hidden.some((sentence) => sentence.startsWith('? under FOR ')),
          flavour === 'mysql',
        )
        if (flavour === 'mariadb') return
        // What it says helps.
        await administer(server, `GRANT SELECT ON performance_schema.* TO '${plain.user}'@'%'`)
        const { stdout, stderr } = await cli(['ls', 'user:42'], as)
        assert.match(stdout, /≥ .* m?s$/m)
        assert.doesNotMatch(stderr, why)
      } finally {
        await holders.end()
      }
    })
  }

  it('says so when nothing is locked, and takes the database for the namespace', async () => {
    const server = await sharedServer('mysql')
    const database = await server.createDatabase()
    const { host, port, user, password } = server
    const env = { DATABASE_URL: `mysql://${user}:${password}@${host}:${port}/${database}` }
    const { stdout, stderr, code } = await cli(['ls'], { env })
    assert.deepEqual([code, stdout], [0, ''])
    assert.equal(stderr, `ormutex: Nothing is locked in namespace "${database}", as far as the server shows.\n`)
    const holders = new Holders({ ...server, database })
    try {
      await holders.open().acquireNamedLock('a')
      assert.match((await cli(['ls'], { env })).stdout, /^a {2}a~/m)
    } finally {
      await holders.end()
    }
  })

  it('asks on one connection, and once what the namespace is', async () => {
    const server = await sharedServer('mysql')
    const proxy = await startFaultProxy(server)
    try {
      const url = new URL(server.url)
      url.port = String(proxy.port)
      const { stdout, code } = await cli(['ls', 'one', 'two'], { env: { DATABASE_URL: url.href } })
      assert.equal(code, 0)
      assert.match(stdout, /^one {2}.*\n {2}free\ntwo {2}/m)
      assert.equal(new Set(proxy.statements.map(({ connection }) => connection)).size, 1)
      assert.equal(proxy.statements.filter(({ sql }) => sql.includes('DATABASE()')).length, 1)
    } finally {
      await proxy.close()
    }
  })

  it('finds names under the secret that they were taken with', async () => {
    const server = await sharedServer('mysql')
    const holders = new Holders(server)
    try {
      const lock = await holders.open({ namespace: 'ls-secret', secret: 's3cret' }).acquireNamedLock('user:42')
      assert.equal(lock.key, deriveKey('ls-secret', 'user:42', 's3cret'))
      const env = { DATABASE_URL: server.url, ORMUTEX_SECRET: 's3cret' }
      const { stdout } = await cli(['ls', '--namespace', 'ls-secret', 'user:42'], { env })
      assert.match(stdout, new RegExp(`^user:42 {2}${lock.key}\\n {2}holds `, 'm'))
      assert.match((await cli(['ls', '--namespace', 'ls-secret'], { env })).stdout, /^ormutex~/m)
    } finally {
      await holders.end()
    }
  })

  it('keeps to the columns of a terminal', async () => {
    const server = await sharedServer('mysql')
    const holders = new Holders(server)
    const terminals: PseudoTerminal[] = []
    try {
      const label = 'a-host-with-quite-a-long-name.example.org:4242424'
      await holders.open({ namespace: 'ls-narrow', label }).acquireNamedLock('x'.repeat(60))
      for (const columns of [50, 80]) {
        const terminal = new PseudoTerminal(['ls', '--namespace', 'ls-narrow'], {
          columns,
          env: { DATABASE_URL: server.url },
        })
        terminals.push(terminal)
        const { code, text } = await terminal.end()
        assert.equal(code, 0)
        const lines = text.split('\n').filter((line) => /LABEL|holds|^ {9}/.test(line))
        assert.match(lines[0]!, /^ +LABEL +SESSION +ACCOUNT +FOR$/)
        // On one line in a wide terminal, on several in a narrow one, and nothing is missing.
        const labels = lines.slice(1).map((line) => line.slice(9, lines[0]!.indexOf('SESSION')).trim().split(' ')[0])
        assert.equal(labels.join(''), label)
      }
      const { stdout } = await cli(['ls', '--namespace', 'ls-narrow'], { env: { DATABASE_URL: server.url } })
      assert.match(stdout, new RegExp(`holds {2}${label} `))
    } finally {
      for (const terminal of terminals) terminal.dispose()
      await holders.end()
    }
  })

  it('refuses what it cannot do', async () => {
    const server = await sharedServer('mysql')
    const env = { DATABASE_URL: server.url }
    const wrong = await cli(['ls', '--exact-name', 'Not a key'], { env })
    assert.equal(wrong.code, 64)
    assert.match(wrong.stderr, /a name must be 1 to 64 characters of \[a-z0-9:\._~-\]/)
    assert.equal((await cli(['ls', ''], { env })).code, 64)
    const { code, stderr } = await cli(['ls'], { env: { DATABASE_URL: 'mysql://root:pw-in-url@127.0.0.1:1/x' } })
    assert.equal(code, 69)
    assert.match(stderr, /ECONNREFUSED/)
    assert.doesNotMatch(stderr, /pw-in-url/)
  })
})
