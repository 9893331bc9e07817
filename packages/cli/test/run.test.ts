import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import { FLAVOURS } from '@ormutex-test/servers'
import { deriveKey } from '@ormutex/core'
import { cli, startCli } from './cli.js'
import { type Database, openDatabase, until } from './database.js'

/** Tells that it runs and under which key, and stays until it is ended. */
const HOLD = ['sh', '-c', 'echo "key $ORMUTEX_KEY"; exec sleep 300']

for (const flavour of FLAVOURS) {
  describe(`ormutex run on ${flavour}`, () => {
    let database: Database
    before(async () => (database = await openDatabase(flavour)))
    after(() => database.close())

    const run = (name: string, ...rest: string[]) => cli(['run', name, ...rest], { env: database.env })

    it("ends with the command's exit code, and as shells do where a signal or the system ended it", async () => {
      const cases: [number, ...string[]][] = [
        [0, 'true'],
        [7, 'sh', '-c', 'exit 7'],
        [137, 'sh', '-c', 'kill -9 $$'],
        [127, 'no-such-command'],
        [126, '/etc/passwd'],
        [126, '/etc/passwd/program'],
      ]
      const ends = await Promise.all(
        cases.map(([code, ...command]) => run(`code-${code}-${command.at(-1)}`, '--', ...command)),
      )
      assert.deepEqual(
        ends.map(({ code }) => code),
        cases.map(([code]) => code),
      )
      assert.deepEqual(
        ends.map(({ stderr }) => stderr),
        [
          '',
          '',
          '',
          'ormutex: no-such-command: command not found\n',
          'ormutex: /etc/passwd: cannot be run (EACCES)\n',
          'ormutex: /etc/passwd/program: cannot be run (ENOTDIR)\n',
        ],
      )
    })

    it('holds the lock while the command runs, and no longer', async () => {
      const holder = startCli(['run', 'held', '--', ...HOLD], { env: database.env })
      const key = (await holder.until('stdout', /^key .+\n/)).trim().slice('key '.length)
      assert.equal(key, deriveKey(database.name, 'held'))
      assert.notEqual(await database.holderOf(key), null)
      holder.kill('SIGTERM')
      assert.equal((await holder.ended).code, 143)
      assert.equal(await database.holderOf(key), null)
    })

    it('refuses the second one, and says who has it', async () => {
      const holder = startCli(['run', 'double', '--', ...HOLD], { env: database.env })
      const key = (await holder.until('stdout', /^key .+\n/)).trim().slice('key '.length)
      const session = await database.holderOf(key)
      const startedAt = performance.now()
      const [second, chosen, never] = await Promise.all([
        run('double', '--timeout', '1500ms', '--', 'echo', 'ran'),
        run('double', '--timeout=0', '--conflict-exit-code=9', '--', 'echo', 'ran'),
        run('double', '--timeout', '0', '--', 'echo', 'ran'),
      ])
      assert.ok(performance.now() - startedAt >= 1_500)
      assert.deepEqual(
        [second, chosen, never].map(({ code, stdout }) => [code, stdout]),
        [
          [75, ''],
          [9, ''],
          [75, ''],
        ],
      )
      for (const { stderr } of [second, chosen, never]) {
        assert.match(stderr, new RegExp(`^ormutex: The lock "double" [^\n]*: session ${session} \\([^\n]* has it\n$`))
        assert.ok(stderr.includes(`${database.server.user}@127.0.0.1`), stderr)
        // MariaDB keeps what a client calls itself only where performance_schema is on.
        if (flavour === 'mysql') assert.ok(stderr.includes(`(${hostname()}:${holder.pid},`), stderr)
      }
      assert.match(second.stderr, /was not granted within 1\.5 s/)
      assert.match(never.stderr, /is taken/)
      holder.kill('SIGKILL')
      await holder.ended
    })

    it('lets the command see name, key and token, which grows', async () => {
      const show = ['--', 'sh', '-c', 'echo "$ORMUTEX_NAME $ORMUTEX_KEY $ORMUTEX_TOKEN"']
      const words = async (name: string, ...options: string[]) =>
        (await run(name, ...options, ...show)).stdout.trim().split(' ')
      const [name, key, first] = await words('seen')
      const [, , second] = await words('seen')
      assert.equal(name, 'seen')
      assert.equal(key, deriveKey(database.name, 'seen'))
      assert.ok(BigInt(second!) > BigInt(first!), `${first} ${second}`)
      const [exact, shop] = await Promise.all([
        words('nightly', '--exact-name'),
        words('user:42', '--namespace', 'shop'),
      ])
      assert.equal(exact[1], 'nightly')
      assert.equal(shop[1], 'user:42~gfbosbvfsgi6fzl3sijb7de3wkd3oz7q')
    })

    it('makes keys under ORMUTEX_SECRET', async () => {
      const { stdout } = await cli(['run', 'user:42', '--namespace', 'shop', '--', 'sh', '-c', 'echo $ORMUTEX_KEY'], {
        env: { ...database.env, ORMUTEX_SECRET: 's3cret' },
      })
      assert.equal(stdout, 'ormutex~nuvow2ibuypvtxbvaj6mwjrzxdmfawrm\n')
      const empty = await cli(['run', 'a', '--', 'true'], { env: { ...database.env, ORMUTEX_SECRET: '' } })
      assert.equal(empty.code, 64)
      assert.match(empty.stderr, /ORMUTEX_SECRET is set, but empty/)
    })

    it('leaves the standard streams to the command, whatever goes through them', async () => {
      const bytes = randomBytes(1 << 20)
      const copying = startCli(['run', 'streams', '--', 'sh', '-c', 'cat; echo done >&2'], {
        env: database.env,
        input: bytes,
      })
      const { code, stderr } = await copying.ended
      assert.equal(code, 0)
      assert.equal(stderr, 'done\n')
      assert.ok(copying.stdoutBytes.equals(bytes))
    })

    it('a signal ends the wait, and the command is not run', async () => {
      const holder = startCli(['run', 'awaited', '--', ...HOLD], { env: database.env })
      await holder.until('stdout', /^key /)
      const waiting = async (): Promise<number> =>
        (
          await database.query("SELECT 1 FROM information_schema.processlist WHERE DB = ? AND STATE = 'User lock'", [
            database.name,
          ])
        ).length
      const signals = ['SIGINT', 'SIGTERM'] as const
      const waiters = signals.map(() =>
        startCli(['run', 'awaited', '--timeout', 'infinity', '--', 'echo', 'ran'], { env: database.env }),
      )
      await until('both wait for the lock', async () => (await waiting()) === 2)
      for (const [index, signal] of signals.entries()) waiters[index]!.kill(signal)
      const ends = await Promise.all(waiters.map((waiter) => waiter.ended))
      assert.deepEqual(
        ends.map(({ code, stdout, stderr }) => [code, stdout, stderr]),
        [
          [130, '', ''],
          [143, '', ''],
        ],
      )
      await until('nobody waits', async () => (await waiting()) === 0)
      holder.kill('SIGTERM')
      await holder.ended
    })
  })
}
