import assert from 'node:assert/strict'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { FLAVOURS, isAlive, startServer } from '@ormutex-test/servers'
import { fail, type FaultProxy, startFaultProxy } from '@ormutex/testkit/fault-proxy'
import { cli, type CliOptions, RunningCli, startCli } from './cli.js'
import { type Database, openDatabase, until } from './database.js'

/**
 * For a shell that acts on a signal as soon as it comes: that ends `wait` with an error. Once nothing is left to wait for, it sleeps, and
 * acts afterwards.
 */
const STAY = 'while :; do wait && sleep 0.1; done'

/** A shell that takes no notice of SIGTERM, and a child of its own. It tells of SIGUSR1. */
const STUBBORN = [
  'sh',
  '-c',
  'trap "" TERM; trap "echo SIGUSR1" USR1; (trap "" USR1; exec sleep 300) & ' +
    `echo "ready $ORMUTEX_KEY $$ $!"; ${STAY}`,
]

/**
 * The same with a descendant in a session of its own, and another one that it starts when it is to end. On SIGUSR1 it fills whatever
 * standard error leads to; the second filler has what is too small for the first.
 */
const PROLIFIC = [
  'sh',
  '-c',
  `trap 'setsid sleep 300 & echo "late $!"' TERM
  trap 'timeout -s USR2 0.2 yes >&2; timeout -s USR2 0.2 dd if=/dev/zero bs=16 >&2; echo full' USR1
  (trap "" TERM USR1; exec sleep 300) & child=$!
  (trap "" TERM; exec setsid sleep 300) & echo "ready $ORMUTEX_KEY $$ $child $!"
  ${STAY}`,
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

/** Takes its time to end, and says when it does. It tells of SIGUSR1. */
const TIDY = [
  process.execPath,
  '-e',
  program(`process.on('SIGUSR1', () => console.log('SIGUSR1'))
  process.on('SIGTERM', () => setTimeout(() => { console.log('tidied'); process.exit() }, 300))`),
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

/** With a proxy in front of a database, and what leads the program there. */
async function withProxy(
  { server, url }: Database,
  test: (proxy: FaultProxy, env: { readonly DATABASE_URL: string }) => Promise<void>,
): Promise<void> {
  const proxy = await startFaultProxy(server)
  try {
    const there = new URL(url)
    there.port = String(proxy.port)
    await test(proxy, { DATABASE_URL: there.href })
  } finally {
    await proxy.close()
  }
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

    it('ends what the command has started, too, with SIGKILL after the grace, though nobody reads what it says', async () => {
      const { running, key, pids } = await start(['run', 'stubborn', '--grace', '500ms', '--', ...PROLIFIC], {
        env: database.env,
      })
      assert.deepEqual(pids.map(isAlive), [true, true, true])
      running.child.stderr!.pause()
      running.kill('SIGUSR1')
      await running.until('stdout', /full/)
      const exited = once(running.child, 'exit')
      const startedAt = performance.now()
      await database.query(`KILL ${await database.holderOf(key)}`)
      await exited
      assert.equal(running.child.exitCode, 76)
      assert.ok(performance.now() - startedAt >= 500)
      const late = Number(/late (\d+)\n/.exec(await running.until('stdout', /late \d+\n/))![1])
      await until('all have ended', () => ![...pids, late].some(isAlive))
      running.child.stderr!.resume()
      assert.match((await running.ended).stderr, /The lock "stubborn" is lost: [^\n]+; ending the command\n$/)
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
      await withProxy(database, async (proxy, env) => {
        const { running, key } = await start(['run', 'silence', '--', ...OBEDIENT], { env })
        const session = (await database.holderOf(key))!
        proxy.session(session)!.freeze()
        await database.query(`KILL ${session}`)
        await until('the lock is free', async () => (await database.holderOf(key)) === null)
        running.kill('SIGTERM')
        const { code, stderr } = await running.ended
        assert.equal(code, 76)
        assert.equal(
          stderr,
          'ormutex: the lock "silence" was lost before the command ended; the command ended with exit code 0\n',
        )
      })
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

describe('ormutex run, when its command has ended', () => {
  let database: Database
  before(async () => (database = await openDatabase('mysql')))
  after(() => database.close())

  it('needs no second connection to know that it had the lock', async () => {
    await database.query("CREATE USER run_single@'%' IDENTIFIED BY 'single-password' WITH MAX_USER_CONNECTIONS 1")
    await database.query(`GRANT ALL ON ${database.name}.* TO run_single@'%'`)
    const url = new URL(database.url)
    url.username = 'run_single'
    url.password = 'single-password'
    try {
      const { code, stderr } = await cli(['run', 'single', '--', 'true'], { env: { DATABASE_URL: url.href } })
      assert.deepEqual([code, stderr], [0, ''])
    } finally {
      await database.query("DROP USER run_single@'%'")
    }
  })

  it('what would end it after a SIGKILL does not stay when it has ended before', async () => {
    const { running } = await start(['run', 'guarded', '--grace', '1h', '--', ...TIDY], { env: database.env })
    // When it has passed something on, the guard knows whom to end.
    running.kill('SIGUSR1')
    await running.until('stdout', /SIGUSR1/)
    const children = readFileSync(`/proc/${running.pid}/task/${running.pid}/children`, 'utf8').trim().split(' ')
    const guard = children.find((id) => readFileSync(`/proc/${id}/cmdline`, 'utf8').includes('ormutex-guard'))
    assert.notEqual(guard, undefined)
    running.kill('SIGKILL')
    assert.match((await running.ended).stdout, /\ntidied\n$/)
    await until('the guard has ended', () => !isAlive(Number(guard)))
  })

  it('says why it ends the command also where PATH leads to no program', async () => {
    const { code, stderr } = await cli(['run', 'unsaid', '--hold-timeout', '1ms', '--', ...OBEDIENT], {
      env: { ...database.env, PATH: '/nonexistent' },
    })
    assert.equal(code, 76)
    assert.match(stderr, /^ormutex: the lock "unsaid" has been held for 1 ms, .+; ending the command\n$/)
  })

  it('is given its grace after a SIGKILL also where PATH leads to no program', async () => {
    const { running } = await start(['run', 'pathless', '--grace', '1h', '--', ...TIDY], {
      env: { ...database.env, PATH: '/nonexistent' },
    })
    running.kill('SIGUSR1')
    await running.until('stdout', /SIGUSR1/)
    running.kill('SIGKILL')
    assert.match((await running.ended).stdout, /\ntidied\n$/)
  })

  it('says that nobody could be asked, and a signal ends its question', async () => {
    await withProxy(database, async (proxy, env) => {
      const [unknown, interrupted] = await Promise.all(
        ['unknown', 'interrupted'].map((name) => start(['run', name, '--', ...OBEDIENT], { env })),
      )
      proxy.session((await database.holderOf(interrupted!.key))!)!.freeze()
      proxy.on(/IS_USED_LOCK/, fail({ errno: 1317, sqlState: '70100', message: 'Query execution was interrupted' }), {
        times: Infinity,
      })
      proxy.refuse(true)
      for (const { running } of [unknown!, interrupted!]) running.kill('SIGTERM')
      const { code, stderr } = await unknown!.running.ended
      assert.equal(code, 76)
      assert.match(
        stderr,
        /^ormutex: nobody could be asked whether the lock "unknown" was still held at the end: .+; the command ended with exit code 0\n$/,
      )
      // Until ormutex has taken note of that, a signal would still be for the command.
      await until('the command has ended, and ormutex knows', () => !existsSync(`/proc/${interrupted!.pids[0]}`))
      interrupted!.running.kill('SIGINT')
      const end = await interrupted!.running.ended
      assert.deepEqual([end.code, end.stderr], [130, ''])
    })
  })
})

describe('ormutex run, when it may not end its command', () => {
  it('says so, and does not wait for ever', async () => {
    // As for a command that has become another account's (`sudo`); whether this one may do everything depends on who runs the tests.
    const script = `
      import { RunningCommand } from ${JSON.stringify(import.meta.resolve('../dist/run/running-command.js'))}
      const command = new RunningCommand(['sleep', '300'], process.env, 0)
      const { kill } = process
      process.kill = () => { throw Object.assign(new Error('kill EPERM'), { code: 'EPERM' }) }
      await command.end(100)
      process.kill = kill
      await command.end(0)
      console.log(await command.exited)`
    const { stdout, stderr } = await new RunningCli(process.execPath, ['--input-type=module', '-e', script]).ended
    assert.equal(stdout, '143\n')
    assert.equal(
      stderr,
      "ormutex: the command is another account's and may not be signalled; waiting for its end\n" +
        'ormutex: the command could not be ended, and runs on without the lock\n',
    )
  })
})

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
