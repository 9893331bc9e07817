import assert from 'node:assert/strict'
import { FLAVOURS, isAlive, startServer } from '@ormutex-test/servers'
import { startFaultProxy } from '@ormutex-test/fault-proxy'
import { type CliOptions, type RunningCli, startCli } from './cli.js'
import { type Database, openDatabase, until } from './database.js'

/** A shell that takes no notice of SIGTERM, and a child of its own. It tells of SIGUSR1. */
const STUBBORN = [
  'sh',
  '-c',
  'trap "" TERM; trap "echo SIGUSR1" USR1; (trap "" USR1; exec sleep 300) & ' +
    'echo "ready $ORMUTEX_KEY $$ $!"; while :; do wait; sleep 0.1; done',
]

/** Tells of SIGTERM and then ends, with a good exit code. */
const OBEDIENT = [
  process.execPath,
  '-e',
  program("process.on('SIGTERM', () => { console.log('SIGTERM'); process.exit(0) })"),
]

/** Tells of every signal but the last, SIGUSR2, which ends it. */
const TELLING = [
  process.execPath,
  '-e',
  program(`for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2']) {
    process.on(signal, () => { console.log(signal); if (signal === 'SIGUSR2') process.exit(9) })
  }`),
]

function program(body: string): string {
  return `${body}; console.log('ready', process.env.ORMUTEX_KEY, process.pid, process.pid); setInterval(() => {}, 1e6)`
}

interface Started {
  readonly running: RunningCli
  readonly key: string
  readonly pids: readonly number[]
}

async function start(args: readonly string[], options: CliOptions): Promise<Started> {
  const running = startCli(args, options)
  const [, key, ...pids] = (await running.until('stdout', /^ready .+\n/)).trim().split(' ')
  return { running, key: key!, pids: pids.map(Number) }
}

for (const flavour of FLAVOURS) {
  describe(`ormutex run, when it is to end, on ${flavour}`, () => {
    let database: Database
    before(async () => (database = await openDatabase(flavour)))
    after(() => database.close())

    it('passes signals on, each once', async () => {
      const { running } = await start(['run', 'signals', '--', ...TELLING], { env: database.env })
      let expected = running.stdout
      for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'] as const) {
        running.kill(signal)
        expected += `${signal}\n`
        await running.until('stdout', new RegExp(`${signal}\n$`))
      }
      const { code, stdout, stderr } = await running.ended
      assert.deepEqual([code, stdout, stderr], [9, expected, ''])
    })

    it('ends the command when its session is killed', async () => {
      const { running, key } = await start(['run', 'killed', '--', ...OBEDIENT], { env: database.env })
      await database.query(`KILL ${await database.holderOf(key)}`)
      const { code, stdout, stderr } = await running.ended
      assert.equal(code, 76)
      assert.match(stdout, /\nSIGTERM\n$/)
      assert.match(stderr, /^ormutex: The lock "killed" is lost: [^\n]+; ending the command\n$/)
    })

    it('ends what the command has started, too, with SIGKILL after the grace', async () => {
      const { running, key, pids } = await start(['run', 'stubborn', '--grace', '300ms', '--', ...STUBBORN], {
        env: database.env,
      })
      assert.deepEqual(pids.map(isAlive), [true, true])
      const startedAt = performance.now()
      await database.query(`KILL ${await database.holderOf(key)}`)
      assert.equal((await running.ended).code, 76)
      assert.ok(performance.now() - startedAt >= 300)
      await until('both have ended', () => !pids.some(isAlive))
    })

    it('ends the command when it has held the lock for as long as it may, and keeps the lock until then', async () => {
      const { running, key, pids } = await start(
        ['run', 'too-long', '--hold-timeout', '500ms', '--grace', '1s', '--', ...STUBBORN],
        { env: database.env },
      )
      await running.until('stderr', /"too-long" has been held for 500 ms, as long as --hold-timeout allows; ending/)
      assert.notEqual(await database.holderOf(key), null)
      assert.equal((await running.ended).code, 76)
      assert.deepEqual(pids.map(isAlive), [false, false])
      assert.equal(await database.holderOf(key), null)
    })

    it('says so when the lock had been lost in silence before the command ended', async () => {
      const { host, port } = database.server
      const proxy = await startFaultProxy({ host, port })
      const url = new URL(database.url)
      url.port = String(proxy.port)
      const { running, key } = await start(['run', 'silence', '--', ...OBEDIENT], { env: { DATABASE_URL: url.href } })
      const session = (await database.holderOf(key))!
      proxy.session(session)!.freeze()
      await database.query(`KILL ${session}`)
      await until('the lock is free', async () => (await database.holderOf(key)) === null)
      running.kill('SIGTERM')
      const { code, stderr } = await running.ended
      assert.equal(code, 76)
      assert.equal(stderr, 'ormutex: the lock "silence" was lost before the command ended, with exit code 0\n')
      await proxy.close()
    })

    it('what ends it with SIGKILL ends the command, too', async () => {
      const { running, key, pids } = await start(['run', 'murdered', '--grace', '1s', '--', ...STUBBORN], {
        env: database.env,
      })
      // When it has passed something on, it has all in place.
      running.kill('SIGUSR1')
      await running.until('stdout', /SIGUSR1/)
      running.kill('SIGKILL')
      await until('the lock is free', async () => (await database.holderOf(key)) === null)
      await until('both have ended', () => !pids.some(isAlive))
      // Its streams are the command's: they end with that.
      assert.equal((await running.ended).signal, 'SIGKILL')
    })
  })
}

describe('ormutex run, when the server dies', () => {
  it('ends the command', async () => {
    const server = await startServer('mariadb')
    try {
      const { running } = await start(['run', 'crash', '--', ...OBEDIENT], { env: { DATABASE_URL: server.url } })
      await server.halt()
      const { code, stdout, stderr } = await running.ended
      assert.equal(code, 76)
      assert.match(stdout, /\nSIGTERM\n$/)
      assert.match(stderr, /The lock "crash" is lost/)
    } finally {
      await server.stop()
    }
  })
})
