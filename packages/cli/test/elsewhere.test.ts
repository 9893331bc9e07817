import assert from 'node:assert/strict'
import { sharedServer, startServer, type TestServer } from '@ormutex-test/servers'
import type { Lock } from '@ormutex/mysql2'
import { describeStrangers } from '../dist/show/elsewhere.js'
import type { SurveyJson } from '../dist/show/survey-json.js'
import { cli, startCli } from './cli.js'
import { Holders } from './holders.js'
import { PseudoTerminal } from './pseudo-terminal.js'

interface Scene {
  readonly env: NodeJS.ProcessEnv
  readonly database: string
  readonly lock: Lock
  readonly store: Lock
}

/** An application that gives a namespace which is not its database's name, and one more, both with somebody who waits. */
async function withApplications(server: TestServer, test: (scene: Scene) => Promise<void>): Promise<void> {
  const database = await server.createDatabase()
  const { host, port, user, password } = server
  const holders = new Holders({ ...server, database })
  try {
    const lock = await holders.open({ namespace: 'el-shop' }).acquireNamedLock('Nightly report')
    holders.wait(holders.open({ namespace: 'el-shop' }), 'Nightly report')
    const store = await holders.open({ namespace: 'el store' }).acquireNamedLock('user:42')
    holders.wait(holders.open({ namespace: 'el store' }), 'user:42')
    await holders.untilWaiting(2)
    await test({
      env: { DATABASE_URL: `mysql://${user}:${password}@${host}:${port}/${database}` },
      database,
      lock,
      store,
    })
  } finally {
    await holders.end()
  }
}

describe('What is locked in another namespace', () => {
  for (const [title, open] of [
    ['on MySQL', () => sharedServer('mysql')],
    ['on MariaDB that shows namespaces', () => startServer('mariadb', { settings: { performance_schema: 'ON' } })],
  ] as const) {
    it(`${title} is told by every command that finds nothing, and what shows it`, async () => {
      const server = await open()
      await withApplications(server, async ({ env, database, lock, store }) => {
        const asJson = async (...args: readonly string[]): Promise<SurveyJson> =>
          JSON.parse((await cli(['ls', '--json', ...args], { env })).stdout) as SurveyJson
        const here = `in namespace "${database}"`
        const named = await cli(['ls', 'Nightly report', 'user:42', 'none'], { env })
        const [first, second, ...rest] = named.stderr.split('\n').filter((line) => line.includes(' is free '))
        assert.equal(named.code, 0)
        assert.deepEqual(rest, [`ormutex: "none" is free ${here}`])
        const free = `ormutex: "Nightly report" is free ${here}, but taken in "el-shop"`
        assert.equal(first, `${free}; --namespace el-shop or --all shows that`)
        // What a shell would take for two words is not to be typed.
        assert.equal(second, `ormutex: "user:42" is free ${here}, but taken in "el store"; --all shows that`)
        const { elsewhere, locks } = await asJson('Nightly report', 'user:42', 'none')
        assert.deepEqual(
          elsewhere.map(({ name, key, namespace, isOfNamespace, holder }) => [
            name,
            key,
            namespace,
            isOfNamespace,
            holder?.sessionId,
          ]),
          [
            ['Nightly report', lock.key, 'el-shop', 'no', lock.sessionId],
            ['user:42', store.key, 'el store', 'no', store.sessionId],
          ],
        )
        assert.deepEqual(
          locks.map(({ holder }) => holder),
          [null, null, null],
        )
        // What it says helps.
        const shown = new RegExp(`^Nightly report.*\\n {2}holds .* ${lock.sessionId} `, 'm')
        for (const flags of [['--namespace', 'el-shop'], ['--all']]) {
          assert.match((await cli(['ls', 'Nightly report', ...flags], { env })).stdout, shown)
          assert.deepEqual((await asJson('Nightly report', ...flags)).elsewhere, [])
        }
        const { stdout } = await cli(['ls', 'Nightly report', '--all'], { env })
        assert.match(stdout, /^Nightly report {2}.*\n {2}free\nNightly report \(in "el-shop"\) {2}/m)

        const own = await cli(['ls', '--namespace', 'el store', 'user:42', 'Nightly report'], { env })
        assert.doesNotMatch(own.stderr, /"user:42"/)
        const kill = await cli(['kill', '--yes', 'Nightly report'], { env })
        const nobody = `nobody has the lock "Nightly report" ${here}, but somebody has in "el-shop": --namespace el-shop`
        assert.deepEqual([kill.code, kill.stderr], [1, `ormutex: ${nobody}\n`])
        assert.equal(lock.signal.aborted, false)

        const all = await cli(['ls'], { env })
        const places = '2 locks in other namespaces: "el-shop", "el store"; --namespace el-shop or --all shows them'
        const mine = (text: string): string[] => text.split('\n').filter((line) => line.includes('other namespaces'))
        if (title === 'on MySQL') assert.match(all.stderr, /\d+ locks? in (?:another|other) namespaces?: /)
        else assert.deepEqual(mine(all.stderr), [`ormutex: ${places}`])
        const watching = startCli(['watch', '--interval', '100ms'], { env })
        await watching.until('stderr', /in other namespaces: .*--all shows them/)
        watching.kill('SIGTERM')
        const { stderr } = await watching.ended
        assert.equal(mine(stderr).length, 1)
        const terminal = new PseudoTerminal(['watch'], { env, columns: 120 })
        await terminal.until(/in other namespaces: .*--all shows them/)
        terminal.type('q')
        assert.equal((await terminal.end()).code, 0)
        terminal.dispose()
        assert.deepEqual((await asJson('--namespace', 'el-shop')).elsewhere, [])
      })
      if (title !== 'on MySQL') await server.stop()
    })
  }

  it('on MariaDB as it is by default is told as far as its key tells', async () => {
    await withApplications(await sharedServer('mariadb'), async ({ env, database, lock }) => {
      const named = await cli(['ls', 'Nightly report', 'Nightly reports'], { env })
      const told = named.stderr.split('\n').filter((line) => line.includes(' is free '))
      const free = `is free in namespace "${database}"`
      assert.deepEqual(told, [
        `ormutex: "Nightly report" ${free}, but may be taken in one that is not shown; --all shows that lock`,
        `ormutex: "Nightly reports" ${free}`,
      ])
      // Made for looking, without a database: who has not said which namespace is told so.
      const nowhere = { DATABASE_URL: env['DATABASE_URL']!.replace(/[^/]*$/, '') }
      const { stderr } = await cli(['ls', 'none'], { env: nowhere })
      assert.match(
        stderr,
        /^ormutex: "none" is free in the empty namespace \(neither --namespace nor a database is given\)$/m,
      )
      const { stdout } = await cli(['ls', '--all', 'Nightly report'], { env })
      assert.match(stdout, new RegExp(`^\\? ${lock.key}\\n {2}holds +${lock.sessionId} `, 'm'))
      const kill = await cli(['kill', '--yes', 'Nightly report'], { env })
      assert.equal(kill.code, 1)
      assert.match(kill.stderr, /"; in one that is not shown, somebody may: "ormutex ls --all" with the name tells\n$/)
    })
  })

  it('is no word of a command to type, when whoever connected chose it so', () => {
    const namespaces = ['$(reboot)', '-x', '\u{9b}31m', undefined, 'd', 'd']
    const free = { name: undefined, isOurs: 'no' as const, holder: null, waiters: [] }
    const locks = namespaces.map((namespace, index) => ({ ...free, key: String(index), namespace }))
    const told = String.raw`"$(reboot)", "-x", "\u{9b}31m" and 1 more`
    assert.equal(describeStrangers(locks), `6 locks in other namespaces: ${told}; --namespace d or --all shows them`)
    assert.equal(describeStrangers(locks.slice(3, 4)), '1 lock in another namespace; --all shows it')
    assert.equal(describeStrangers([]), undefined)
  })
})
