import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { startFaultProxy, run } from '@ormutex/testkit/fault-proxy'
import { startSplittingProxy } from '@ormutex/testkit/splitting-proxy'
import { FLAVOURS, sharedServer, startServer, type TestServer, until } from '@ormutex-test/servers'
import { administer, grantAccount, newCredentials, urlOf } from '../account.js'
import { cli } from '../cli.js'
import { startBalancer } from './balancer.js'
import { examined, found, redOnes } from './examined.js'

for (const flavour of FLAVOURS) {
  describe(`ormutex doctor on ${flavour}`, () => {
    let server: TestServer

    before(async () => {
      server = await sharedServer(flavour)
    })

    it('is green, with a line for each check and a last one for all', async () => {
      const { code, stdout, stderr } = await cli(['doctor'], { env: { DATABASE_URL: server.url } })
      assert.equal(code, 0, stdout)
      assert.equal(stderr, '')
      const lines = stdout.trimEnd().split('\n')
      for (const line of lines) assert.ok(line.length <= 80 && !line.includes('\u001b'), line)
      for (const check of ['Connection', 'Server', 'Role', 'Same server', 'Proxy', 'Exclusion', 'Hand-over']) {
        assert.match(stdout, new RegExp(`^✓ ok {4}${check} `, 'm'))
      }
      // On a busy machine a wait may be late, of which it warns.
      assert.match(stdout, /^(✓ ok {2}|! warn) {2}Waiting .*A wait of 300 ms/m)
      assert.match(lines.at(-1)!, /^GREEN: a lock taken here is a lock\./)
      assert.ok(!stdout.includes(server.password))
    })

    it('measures, and warns an account with few rights of what it cannot see', async () => {
      const account = newCredentials()
      await grantAccount(server, account)
      const report = await examined(urlOf(account, server.port, server.database))
      assert.ok(report.green && report.complete, report.output)
      assert.equal(report.server?.product.toLowerCase(), flavour)
      found(report, 'visibility', 'warn')
      found(report, 'role', 'ok', /hidden from this account.*REPLICATION CLIENT/)
      found(report, 'replicas', 'ok', /hidden/)
      found(report, 'kill', 'ok', /its own connections \(tried.*grant CONNECTION.ADMIN/)
      for (const [id, figure, leastMs] of [
        ['connection', 'roundTripMs', 0],
        ['waiting', 'waitedMs', 295],
        ['hand-over', 'afterMs', 0],
        ['session-end', 'afterMs', 0],
      ] as const) {
        const ms = report.findings.get(id)?.figures?.[figure]
        assert.ok(ms !== undefined && ms > leastMs && ms < 2_000, `${id}: ${ms}`)
      }
    })

    it('is red on a read-only server, and warns of limits that end sessions before the ping', async () => {
      const { user, password } = newCredentials()
      const limits = flavour === 'mysql' ? ['wait_timeout'] : ['wait_timeout', 'idle_transaction_timeout']
      await administer(
        server,
        `CREATE USER '${user}'@'%' IDENTIFIED BY '${password}'`,
        `GRANT ${flavour === 'mysql' ? 'CONNECTION_ADMIN' : 'CONNECTION ADMIN'} ON *.* TO '${user}'@'%'`,
        'SET GLOBAL read_only = 1',
        ...limits.map((name) => `SET GLOBAL ${name} = 20`),
      )
      try {
        const report = await examined(urlOf({ user, password }, server.port))
        assert.deepEqual(redOnes(report), ['role'])
        found(report, 'role', 'fail', /read_only.*Connect to the server that is written to/)
        found(report, 'idle-timeout', 'warn', /20 s.*keepAliveMs to 6666/)
        if (flavour === 'mariadb')
          found(report, 'idle-transactions', 'warn', /20 s is ended \(idle_transaction_timeout\)/)
        found(report, 'kill', 'ok', /those of others/)
      } finally {
        await administer(server, 'SET GLOBAL read_only = 0', ...limits.map((name) => `SET GLOBAL ${name} = DEFAULT`))
      }
    })

    it('is red behind a proxy that splits sessions, and green behind one that keeps them', async () => {
      const modes = ['statement', 'transaction', 'pinned'] as const
      const proxies = await Promise.all(modes.map((mode) => startSplittingProxy({ ...server, mode })))
      try {
        const [statement, transaction, pinned] = await Promise.all(
          proxies.map(({ port }) => examined(urlOf(server, port, server.database))),
        )
        for (const split of [statement!, transaction!]) {
          assert.deepEqual([redOnes(split), split.complete], [['proxy'], false])
          found(split, 'proxy', 'fail', /several sessions.*session pooling/)
        }
        // Only MySQL lists them. Those of connections that have just been closed go; whatever were left on sessions of the proxies'
        // would be there until those end.
        const locks = "SELECT OBJECT_NAME FROM performance_schema.metadata_locks WHERE OBJECT_TYPE = 'USER LEVEL LOCK'"
        if (flavour === 'mysql')
          await until('no lock is left', async () => (await administer(server, locks)).length === 0)
        assert.deepEqual(redOnes(pinned!), [], pinned!.output)
        found(pinned!, 'proxy', 'warn', /keeps sessions together.*ProxySQL/)
      } finally {
        for (const proxy of proxies) await proxy.close()
      }
    })
  })
}

describe('ormutex doctor', () => {
  it('is red without a connection, and never tells the password', async () => {
    const server = await sharedServer('mysql')
    const account = newCredentials()
    await grantAccount(server, account, 'WITH MAX_USER_CONNECTIONS 2')
    const wrong = { ...account, password: 'falsch%40geheim' }
    const refusals: readonly (readonly [url: string, reason: RegExp])[] = [
      [urlOf(wrong, server.port), /Access denied.*Correct user and password/],
      [urlOf(account, 1), /ECONNREFUSED.*Nobody listens there/],
      [urlOf(account, server.port, 'no_such_database'), /no_such_database/],
    ]
    for (const [url, reason] of refusals) {
      const report = await examined(url)
      assert.deepEqual([report.complete, report.server], [false, null])
      found(report, 'connection', 'fail', reason)
      assert.match(report.output, new RegExp(`${account.user}@127.0.0.1:`))
      assert.doesNotMatch(report.output, /geheim/)
    }
    found(await examined(urlOf(account, server.port)), 'connection', 'fail', /max_user_connections.*up to five/)
    const { code, stdout, stderr } = await cli(['doctor', '--url', urlOf(wrong, server.port)])
    assert.equal(code, 1)
    assert.match(stdout, /^✗ FAIL {2}Connection.*[^]*RED: do not rely on locks taken here\. Failed: Connection\./)
    assert.doesNotMatch(stdout + stderr, /geheim/)
  })

  it('is red behind a load balancer over two servers', async () => {
    const account = newCredentials()
    const servers = await Promise.all([sharedServer('mariadb'), startServer('mariadb')])
    const balancer = await startBalancer(servers)
    try {
      for (const server of servers) await grantAccount(server, account)
      const report = await examined(urlOf(account, balancer.port))
      found(report, 'same-server', 'fail', /4 connections reach 2 different servers/)
      found(report, 'exclusion', 'fail', /granted to 2 of 3 others/)
      found(report, 'proxy', 'ok')
      assert.ok(!report.green)
    } finally {
      balancer.close()
      await servers[1].stop()
    }
  })

  it('is red on a server that only speaks like MySQL, where the library takes no locks, and looks no further', async () => {
    // A version is all that TiDB is told by.
    const server = await startServer('mariadb', { settings: { version: '8.0.11-TiDB-v8.5.0' } })
    try {
      const report = await examined(server.url)
      assert.deepEqual([redOnes(report), report.complete, report.server?.product], [['server'], false, 'TiDB'])
      found(report, 'server', 'fail', /UUID_SHORT/)
      const refused = await cli(['run', 'job', '--', 'true'], { env: { DATABASE_URL: server.url } })
      assert.notEqual(refused.code, 0)
      assert.match(refused.stderr, /TiDB has no UUID_SHORT\(\)/)
    } finally {
      await server.stop()
    }
  })

  it('is red in time when nobody greets, and when a server goes silent', async () => {
    const mute = createServer().listen(0, '127.0.0.1')
    await once(mute, 'listening')
    const server = await sharedServer('mysql')
    const proxy = await startFaultProxy(server)
    proxy.on(
      /GET_LOCK/,
      run(async () => proxy.freeze()),
    )
    try {
      const begun = performance.now()
      const unheard = await examined(urlOf(server, (mute.address() as AddressInfo).port), '--timeout', '500ms')
      found(unheard, 'connection', 'fail', /No answer within 0\.5 s.*--timeout/)
      const silenced = await examined(urlOf(server, proxy.port), '--timeout', '1')
      assert.ok(!silenced.complete)
      assert.deepEqual(redOnes(silenced), ['proxy'])
      found(silenced, 'proxy', 'fail', /No answer within 1 s/)
      assert.ok(performance.now() - begun < 8_000)
    } finally {
      mute.close()
      await proxy.close()
    }
  })

  it('refuses what is no duration', async () => {
    const wrong = await cli(['doctor', '--timeout', 'soon'], { env: { DATABASE_URL: 'mysql://app@db/shop' } })
    assert.equal(wrong.code, 64)
    assert.match(wrong.stderr, /soon/)
  })
})
