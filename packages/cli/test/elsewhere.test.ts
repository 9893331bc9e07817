import assert from 'node:assert/strict'
import { sharedServer, startServer, type TestServer } from '@ormutex-test/servers'
import type { Lock } from '@ormutex/mysql2'
import { describeStrangers } from '../dist/show/elsewhere.js'
import type { SurveyJson } from '../dist/show/survey-json.js'
import { cli, startCli } from './cli.js'
import { Holders } from './holders.js'
import { PseudoTerminal } from './pseudo-terminal.js'

interface Scene {
  readonly holders: Holders
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
      holders,
      env: { DATABASE_URL: `mysql://${user}:${password}@${host}:${port}/${database}` },
      database,
      lock,
      store,
    })
  } finally {
    await holders.end()
  }
}

const settings = { performance_schema: 'ON', 'performance-schema-instrument': 'wait/lock/metadata/sql/mdl=ON' }

for (const [title, open] of [
  ['on MySQL', () => sharedServer('mysql')],
  ['on MariaDB that shows namespaces', () => startServer('mariadb', { settings })],
] as const) {
  describe(`What is locked in another namespace, ${title}`, () => {
    const isShared = title === 'on MySQL'
    let server: TestServer
    before(async () => {
      server = await open()
    })
    after(async () => {
      if (!isShared) await server.stop()
    })

    it('is told by ls with names and by kill, and what shows it', async () => {
      await withApplications(server, async ({ env, database, lock, store }) => {
        const asJson = async (...args: readonly string[]): Promise<SurveyJson> =>
          JSON.parse((await cli(['ls', '--json', ...args], { env })).stdout) as SurveyJson
        const here = `in namespace "${database}"`
        const named = await cli(['ls', 'Nightly report', 'user:42', 'none'], { env })
        assert.equal(named.code, 0)
        assert.deepEqual(
          named.stderr.split('\n').filter((line) => line.includes(' is free ')),
          [
            `ormutex: "Nightly report" is free ${here}, but taken in "el-shop"; --namespace el-shop or --all shows that`,
            // What a shell would take for two words is not to be typed.
            `ormutex: "user:42" is free ${here}, but taken in "el store"; --all shows that`,
            `ormutex: "none" is free ${here}`,
          ],
        )
        const summary = ({ name, namespace, isOfNamespace, holder }: SurveyJson['locks'][number]): string =>
          [name, namespace, isOfNamespace, holder?.sessionId].join()
        const { elsewhere, locks } = await asJson('Nightly report', 'user:42', 'none')
        assert.deepEqual(elsewhere.map(summary), [
          `Nightly report,el-shop,no,${lock.sessionId}`,
          `user:42,el store,no,${store.sessionId}`,
        ])
        assert.ok(locks.every(({ holder }) => holder === null))
        // What it says helps.
        const flagged = await asJson('Nightly report', '--namespace', 'el-shop')
        assert.deepEqual([flagged.locks[0]?.holder?.sessionId, flagged.elsewhere], [lock.sessionId, []])
        const { stdout } = await cli(['ls', 'Nightly report', '--all'], { env })
        const heading = String.raw`^Nightly report {2}.*\n {2}free\nNightly report \(in "el-shop"\) {2}${lock.key}`
        assert.match(stdout, new RegExp(String.raw`${heading}\n {2}holds .* ${lock.sessionId} `, 'm'))

        const kill = await cli(['kill', '--yes', 'Nightly report'], { env })
        const nobody = `nobody has the lock "Nightly report" ${here}, but somebody has in "el-shop": --namespace el-shop`
        assert.deepEqual([kill.code, kill.stderr], [1, `ormutex: ${nobody}\n`])
        assert.equal(lock.signal.aborted, false)
      })
    })

    it('is not what has another name or secret in the same one, though its key begins alike', async () => {
      await withApplications(server, async ({ env }) => {
        for (const [name, secret] of [['nightly report'], ['Nightly report', 'x']] as const) {
          const { stderr } = await cli(['ls', '--namespace', 'el-shop', name], {
            env: { ...env, ORMUTEX_SECRET: secret },
          })
          assert.equal(stderr.split('\n')[0], `ormutex: "${name}" is free in namespace "el-shop"`)
        }
      })
    })

    it('is told by ls and watch that find nothing, and what shows it', async () => {
      await withApplications(server, async ({ holders, env }) => {
        const told = /^ormutex: \d+ locks in other namespaces: .*--all shows them$/m
        const all = await cli(['ls'], { env })
        assert.match(all.stderr, told)
        const places = '2 locks in other namespaces: "el-shop", "el store"; --namespace el-shop or --all shows them'
        // On the shared server there may be more.
        if (!isShared) assert.ok(all.stderr.includes(`ormutex: ${places}\n`))
        const watching = startCli(['watch', '--interval', '100ms'], { env })
        try {
          await watching.until('stderr', told)
          const seen = await holders.open().acquireNamedLock('seen')
          await watching.until('stdout', /taken +seen/)
          await seen.release()
          await watching.until('stdout', /released +seen/)
        } finally {
          watching.kill('SIGTERM')
        }
        const lines = (await watching.ended).stderr.split('\n')
        assert.equal(lines.filter((line) => told.test(line)).length, 1)
        const terminal = new PseudoTerminal(['watch'], { env, columns: 120 })
        try {
          await terminal.until(/^\d+ locks in other namespaces: .*--all shows them/m)
        } finally {
          terminal.dispose()
        }
      })
    })
  })
}

describe('What is locked in another namespace', () => {
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
