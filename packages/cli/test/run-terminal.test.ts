import assert from 'node:assert/strict'
import { isAlive } from '@ormutex-test/servers'
import { atTerminal, lineOf } from './at-terminal.js'
import type { RunningCli } from './cli.js'
import { type Database, openDatabase, until } from './database.js'

const CTRL_C = '\u0003'

/** Tells of every SIGINT, and ends a while after the first. */
const COUNTING = `process.on('SIGINT', () => { console.log('SIGINT'); setTimeout(() => process.exit(5), 400) }); console.log('ready'); setInterval(() => {}, 1e6)`

/** In place of the shell, which would follow Ctrl-C. */
const typed = (env: NodeJS.ProcessEnv, ...args: readonly string[]): RunningCli =>
  atTerminal(`exec ${lineOf(args)}`, env)

describe('ormutex run at a terminal', () => {
  let database: Database
  before(async () => (database = await openDatabase('mysql')))
  after(() => database.close())

  it('the keyboard sends the command its signals, once', async () => {
    const running = typed(database.env, 'run', 'keyboard', '--', process.execPath, '-e', COUNTING)
    await running.until('stdout', /ready/)
    running.child.stdin!.write(CTRL_C)
    const { code, stdout } = await running.ended
    assert.equal(code, 5)
    assert.deepEqual(stdout.match(/SIGINT/g), ['SIGINT'])
  })

  it('the keyboard ends the wait', async () => {
    const holder = typed(database.env, 'run', 'awaited', '--', 'sh', '-c', 'echo ready; sleep 300')
    await holder.until('stdout', /ready/)
    const waiter = typed(database.env, 'run', 'awaited', '--timeout', '1h', '--', 'echo', 'ran')
    await until('it waits for the lock', async () => {
      const rows = await database.query(
        "SELECT 1 FROM information_schema.processlist WHERE DB = ? AND STATE = 'User lock'",
        [database.name],
      )
      return rows.length > 0
    })
    waiter.child.stdin!.write(CTRL_C)
    const { code, stdout } = await waiter.ended
    assert.equal(code, 130)
    assert.doesNotMatch(stdout, /ran/)
    holder.child.stdin!.write(CTRL_C)
    assert.equal((await holder.ended).code, 130)
  })

  it('the command can ask there', async () => {
    const running = typed(
      database.env,
      'run',
      'asking',
      '--',
      'sh',
      '-c',
      'echo sure?; read -r answer < /dev/tty; echo "you said $answer"',
    )
    await running.until('stdout', /sure\?/)
    running.child.stdin!.write('yes\n')
    assert.match((await running.ended).stdout, /you said yes/)
  })

  it('other signals are passed on, and what the command has started ends with it when the lock is lost', async () => {
    const script =
      'trap "echo HUP" HUP; (trap "" HUP; exec sleep 300) & echo "ready $ORMUTEX_KEY $PPID $$ $! "; while :; do wait; sleep 0.1; done'
    const running = typed(database.env, 'run', 'lost', '--grace', '5s', '--', 'sh', '-c', script)
    const ready = await running.until('stdout', /ready .+ \r?\n/)
    const [, key, ormutex, ...pids] = /ready (\S+) (\d+) (\d+) (\d+)/.exec(ready)!
    process.kill(Number(ormutex), 'SIGHUP')
    await running.until('stdout', /HUP/)
    await database.query(`KILL ${await database.holderOf(key!)}`)
    const { code, stdout } = await running.ended
    assert.equal(code, 76)
    assert.match(stdout, /"lost" is lost/)
    assert.deepEqual(pids.map(Number).map(isAlive), [false, false])
  })
})
