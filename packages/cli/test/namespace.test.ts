import assert from 'node:assert/strict'
import { deriveKey } from '@ormutex/core'
import { administer, newCredentials, urlOf } from './account.js'
import { BIN, cli } from './cli.js'
import { type Database, openDatabase } from './database.js'
import { Holders } from './holders.js'

/** An `ormutex run` under an `ormutex run`, which prints the inner one's key. */
const NESTED = ['--', process.execPath, BIN, 'run', 'inner', '--', 'sh', '-c', 'echo $ORMUTEX_KEY']

for (const flavour of ['mysql', 'mariadb'] as const) {
  describe(`ORMUTEX_NAMESPACE, on ${flavour}`, () => {
    let database: Database
    before(async () => {
      database = await openDatabase(flavour)
    })
    after(() => database.close())

    async function keyUnder(namespace: string | undefined, ...args: readonly string[]): Promise<string> {
      const env = { ...database.env, ORMUTEX_NAMESPACE: namespace }
      const { code, stdout } = await cli(['run', ...args, '--', 'sh', '-c', 'echo $ORMUTEX_KEY'], { env })
      assert.equal(code, 0)
      return stdout.trim()
    }

    it('makes a command and an application exclude each other, as --namespace does', async () => {
      const holders = new Holders({ ...database.server, database: database.name })
      try {
        await holders.open({ namespace: 'ns-shop' }).acquireNamedLock('nightly')
        const run = ['run', 'nightly', '--timeout', '0', '--', 'echo', 'ran']
        const codes = await Promise.all(
          [{}, { ORMUTEX_NAMESPACE: 'ns-shop' }, { ORMUTEX_NAMESPACE: 'ns-store' }].map(async (env) => {
            const { code, stdout } = await cli(run, { env: { ...database.env, ...env } })
            return [code, stdout]
          }),
        )
        assert.deepEqual(codes, [
          [0, 'ran\n'],
          [75, ''],
          [0, 'ran\n'],
        ])
      } finally {
        await holders.end()
      }
    })

    it('comes after --namespace and before the name of the database, in every command', async () => {
      assert.equal(await keyUnder('shop', 'user:42'), deriveKey('shop', 'user:42'))
      assert.equal(await keyUnder('shop', 'user:42', '--namespace', 'store'), deriveKey('store', 'user:42'))
      assert.equal(await keyUnder(undefined, 'user:42'), deriveKey(database.name, 'user:42'))
      const env = { ...database.env, ORMUTEX_NAMESPACE: 'ns-none' }
      const [ls, kill] = await Promise.all([cli(['ls', '--json', 'a'], { env }), cli(['kill', '--yes', 'a'], { env })])
      const { namespace, locks } = JSON.parse(ls.stdout) as { namespace: string; locks: { key: string }[] }
      assert.deepEqual([namespace, locks[0]?.key], ['ns-none', deriveKey('ns-none', 'a')])
      // What is only known as far as it is shown is not said as if it were known.
      const limit = flavour === 'mysql' ? '' : '; whether somebody has in another one, this account is not shown'
      assert.deepEqual(
        [kill.code, kill.stderr],
        [1, `ormutex: nobody has the lock "a" in namespace "ns-none"${limit}\n`],
      )
    })

    it('is enough for an account that has a right on no database, which is told so', async () => {
      const watcher = newCredentials()
      const { server, name } = database
      await administer(server, `CREATE USER '${watcher.user}'@'%' IDENTIFIED BY '${watcher.password}'`)
      const commands = [
        ['ls', 'a'],
        ['run', 'b', '--', 'true'],
      ]
      const ends = (url: string) =>
        Promise.all(commands.map((args) => cli(args, { env: { DATABASE_URL: url, ORMUTEX_NAMESPACE: 'shop' } })))
      for (const { code, stderr } of await ends(urlOf(watcher, server.port, name))) {
        assert.equal(code, 69)
        assert.match(
          stderr,
          /Access denied .* to database '\w+'; without a database, and with --namespace, it will do\n$/,
        )
      }
      const [ls, run] = await ends(urlOf(watcher, server.port))
      assert.match(ls!.stdout, new RegExp(`^a {2}${deriveKey('shop', 'a')}\n {2}free$`, 'm'))
      assert.deepEqual([run!.code, run!.stderr], [0, ''])
      await administer(server, `DROP USER '${watcher.user}'@'%'`)
    })

    it('is handed to the command of run where a namespace is given, and only there', async () => {
      const nested = async (...args: readonly string[]): Promise<string> =>
        (await cli(['run', 'outer', ...args, ...NESTED], { env: database.env })).stdout.trim()
      const keys = await Promise.all([nested('--namespace', 'shop'), nested()])
      assert.deepEqual(keys, [deriveKey('shop', 'inner'), deriveKey(database.name, 'inner')])
      const seen = await cli(['run', 'outer', '--', 'sh', '-c', 'echo "[$ORMUTEX_NAMESPACE]"'], { env: database.env })
      assert.equal(seen.stdout, '[]\n')
    })
  })
}

describe('A namespace that is empty', () => {
  it('is refused wherever it comes from: a variable that is not set makes it, and locks of another one', async () => {
    const DATABASE_URL = 'mysql://nobody@127.0.0.1:1/x'
    const ends = await Promise.all(
      ['run x', 'ls', 'watch', 'kill x', 'doctor'].flatMap((line) => {
        const command = [...line.split(' '), ...(line === 'run x' ? ['--', 'true'] : [])]
        const [name, ...rest] = command
        return [
          cli([name!, '--namespace', '', ...rest], { env: { DATABASE_URL } }),
          cli(command, { env: { DATABASE_URL, ORMUTEX_NAMESPACE: '' } }),
        ]
      }),
    )
    for (const [index, { code, stdout, stderr }] of ends.entries()) {
      const source = index % 2 === 0 ? "argument ''" : "value '' from env 'ORMUTEX_NAMESPACE'"
      assert.deepEqual([code, stdout], [64, ''])
      assert.ok(
        stderr.startsWith(
          `ormutex: option '--namespace <namespace>' ${source} is invalid. Expected the application's namespace; left out, it is the connection's database.\n`,
        ),
        stderr,
      )
    }
  })
})
