import assert from 'node:assert/strict'
import { sharedServer, startServer, type TestServer } from '@ormutex-test/servers'
import type { Lock } from '@ormutex/mysql2'
import type { Query } from '@ormutex/core/sql'
import { createConnection, type RowDataPacket } from 'mysql2/promise'
import { endHolder, seeHolder } from '../dist/kill/end-holder.js'
import { administer, grantAccount, newCredentials, urlOf } from './account.js'
import { cli, startCli } from './cli.js'
import { Holders } from './holders.js'
import { PseudoTerminal } from './pseudo-terminal.js'

const NAMESPACE = ['--namespace', 'kill']

interface Scene {
  readonly server: TestServer
  readonly holders: Holders
  readonly lock: Lock
  readonly env: NodeJS.ProcessEnv
  /** In a pseudo terminal, until the question is there. */
  readonly ask: (stdoutFile?: string) => Promise<PseudoTerminal>
}

async function withHolder(server: TestServer, test: (scene: Scene) => Promise<void>): Promise<void> {
  const holders = new Holders(server)
  const terminals: PseudoTerminal[] = []
  const env = { DATABASE_URL: server.url }
  try {
    const lock = await holders.open({ namespace: 'kill', label: 'shop-1:4711' }).acquireNamedLock('user:42')
    const ask = async (stdoutFile?: string): Promise<PseudoTerminal> => {
      const options = { env, columns: 200, ...(stdoutFile !== undefined && { stdoutFile }) }
      const terminal = new PseudoTerminal(['kill', 'user:42', ...NAMESPACE], options)
      terminals.push(terminal)
      await terminal.until(/^End session \d+\? .* \[y\/N\]/m)
      return terminal
    }
    await test({ server, holders, lock, env, ask })
  } finally {
    for (const terminal of terminals) terminal.dispose()
    await holders.end()
  }
}

async function lost(lock: Lock): Promise<void> {
  const { signal } = lock
  if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
  assert.equal((signal.reason as { code?: string }).code, 'LOCK_LOST')
}

describe('ormutex kill', () => {
  for (const flavour of ['mysql', 'mariadb'] as const) {
    it(`on ${flavour} shows who has the lock, asks, ends the connection, and says that nobody has it now`, async () => {
      await withHolder(await sharedServer(flavour), async ({ lock, ask }) => {
        const terminal = await ask()
        assert.match(
          terminal.text,
          new RegExp(`^user:42 {2}${lock.key}\\n {2}holds .* ${lock.sessionId} .*@127\\.0\\.0\\.1 `, 'm'),
        )
        if (flavour === 'mysql') assert.match(terminal.text, /holds {2}shop-1:4711/)
        assert.equal(lock.signal.aborted, false)
        terminal.type('y\n')
        const { code, text } = await terminal.end()
        assert.match(text, new RegExp(`ormutex: session ${lock.sessionId} is ended; nobody has the lock now$`))
        assert.equal(code, 0)
        await lost(lock)
      })
    })

    it(`on ${flavour} with --yes does not ask, and says who has the lock now`, async () => {
      await withHolder(await sharedServer(flavour), async ({ holders, lock, env }) => {
        const next = holders.open({ namespace: 'kill', label: 'next' }).acquireNamedLock('user:42')
        await holders.untilWaiting(1)
        const { code, stdout, stderr } = await cli(['kill', 'user:42', '--yes', ...NAMESPACE], { env })
        await lost(lock)
        const { sessionId } = await next
        assert.match(stdout, new RegExp(`holds .* ${lock.sessionId} .*\\n {2}waits .* ${sessionId} `))
        assert.match(
          stderr,
          new RegExp(
            `^ormutex: session ${lock.sessionId} is ended; session ${sessionId} \\((next, )?[^ ]+@127\\.0\\.0\\.1\\) has it now\n$`,
          ),
        )
        assert.equal(code, 0)
      })
    })

    it(`on ${flavour} ends nothing when somebody else has the lock by the time of the answer`, async () => {
      await withHolder(await sharedServer(flavour), async ({ holders, lock, ask }) => {
        const terminal = await ask()
        await lock.release()
        const other = await holders.open({ namespace: 'kill', label: 'other' }).acquireNamedLock('user:42')
        terminal.type('y\n')
        const { code, text } = await terminal.end()
        const was = `session ${lock.sessionId} does not have the lock any more, so nothing was ended`
        assert.match(text, new RegExp(`ormutex: ${was}; session ${other.sessionId} \\(.*\\) has it now$`))
        assert.equal(code, 1)
        await other.release()
      })
    })

    it(`on ${flavour} sees in the very statement that ends a session whether it still has the lock`, async () => {
      const server = await sharedServer(flavour)
      await withHolder(server, async ({ holders, lock }) => {
        const { host, port, user, password } = server
        const connection = await createConnection({ host, port, user, password })
        let other: Lock | undefined
        const query: Query = async (sql) => {
          // After the last look, before KILL.
          if (sql.startsWith('KILL')) {
            await lock.release()
            other = await holders.open({ namespace: 'kill' }).acquireNamedLock('user:42')
          }
          return (await connection.query<RowDataPacket[]>(sql))[0]
        }
        const seen = await seeHolder(query, lock.key)
        const ended = await endHolder(query, seen!)
        assert.deepEqual(
          [ended.what, 'after' in ended && ended.after?.holder?.sessionId],
          ['changed', other!.sessionId],
        )
        await other!.release()
        await connection.end()
      })
    })

    it(`on ${flavour} tells an account that may not, which right it lacks`, async () => {
      const server = await sharedServer(flavour)
      const plain = newCredentials()
      await grantAccount(server, plain)
      await withHolder(server, async ({ lock }) => {
        const env = { DATABASE_URL: urlOf(plain, server.port, server.database) }
        const args = ['kill', 'user:42', '--yes', ...NAMESPACE]
        const { code, stderr } = await cli(args, { env })
        const [unshown, denied] = stderr.split('\n')
        assert.match(
          unshown!,
          /^ormutex: Of sessions of other accounts no more than the id is shown: .* GRANT PROCESS ON \*\.\* /,
        )
        assert.ok(denied!.startsWith(`ormutex: this account may not end session ${lock.sessionId}: `), stderr)
        assert.equal(code, 1)
        assert.equal(lock.signal.aborted, false)
        // What it says is what helps.
        const statements = denied!.match(/GRANT [A-Z_ ]+ ON \*\.\* TO '[^']*'@'[^']*'/g)!
        assert.ok(statements.length > 0)
        await administer(server, ...statements)
        assert.equal((await cli(args, { env })).code, 0)
        await lost(lock)
      })
    })
  }

  it('ends nothing unless the answer is yes, or where there is nobody to ask', async () => {
    await withHolder(await sharedServer('mysql'), async ({ lock, ask, env }) => {
      const [CTRL_C, CTRL_D] = ['\u{3}', '\u{4}']
      for (const [answer, stdoutFile] of [['\n'], ['yess\n', '/dev/null'], [CTRL_D]] as const) {
        const terminal = await ask(stdoutFile)
        // Wherever standard output goes, the question says about whom.
        assert.match(terminal.text, new RegExp(`^ {2}holds .* ${lock.sessionId} `, 'm'))
        terminal.type(answer)
        const { code, text } = await terminal.end()
        assert.match(text, /ormutex: nothing was ended$/)
        assert.equal(code, 1)
      }
      const terminal = await ask()
      terminal.type(CTRL_C)
      assert.equal((await terminal.end()).code, 130)
      const { code, stdout, stderr } = await cli(['kill', 'user:42', ...NAMESPACE], { env, input: 'y\n' })
      assert.equal(code, 64)
      assert.match(stdout, new RegExp(`holds .* ${lock.sessionId} `))
      assert.match(stderr, /^ormutex: there is no terminal to ask on: with --yes /)
      assert.equal(lock.signal.aborted, false)
    })
  })

  it('ends nothing when nobody has the lock, or nobody any more', async () => {
    await withHolder(await sharedServer('mysql'), async ({ lock, ask, env }) => {
      const terminal = await ask()
      await lock.release()
      terminal.type('y\n')
      const { code, text } = await terminal.end()
      assert.match(text, /does not have the lock any more, so nothing was ended; nobody has the lock now$/)
      assert.equal(code, 1)
      const nobody = await cli(['kill', 'user:42', '--yes', ...NAMESPACE], { env })
      assert.deepEqual(
        [nobody.code, nobody.stderr],
        [1, 'ormutex: nobody has the lock "user:42" in namespace "kill"\n'],
      )
    })
  })

  it('ends a command that "ormutex run" runs, which says so', async () => {
    const { url } = await sharedServer('mysql')
    const env = { DATABASE_URL: url }
    const running = startCli(['run', 'nightly-report', ...NAMESPACE, '--', 'sh', '-c', 'echo runs; exec sleep 60'], {
      env,
    })
    await running.until('stdout', /runs/)
    const { code, stdout } = await cli(['kill', 'nightly-report', '--yes', ...NAMESPACE], { env })
    assert.match(stdout, new RegExp(`holds {2}.*:${running.pid} `))
    assert.equal(code, 0)
    assert.equal((await running.ended).code, 76)
  })

  it('takes a key as it is, of another program, too', async () => {
    const { url, host, port, user, password } = await sharedServer('mysql')
    const foreign = await createConnection({ host, port, user, password })
    const ended = new Promise((resolve) => foreign.on('error', resolve))
    await foreign.query("DO GET_LOCK('backup', 0)")
    const { code } = await cli(['kill', 'backup', '--exact-name', '--yes'], { env: { DATABASE_URL: url } })
    assert.equal(code, 0)
    await ended
  })

  it('ends nothing on a server that has started again since it showed who has the lock', async () => {
    const server = await startServer('mariadb')
    try {
      await withHolder(server, async ({ ask }) => {
        const terminal = await ask()
        await server.halt()
        await server.resume()
        terminal.type('y\n')
        const { code, text } = await terminal.end()
        assert.match(text, /ormutex: nothing was ended: Connection lost: .*$/)
        assert.equal(code, 69)
      })
    } finally {
      await server.stop()
    }
  })

  it('takes nobody for the one it has seen who came after another start of the server', async () => {
    const server = await sharedServer('mysql')
    await withHolder(server, async ({ lock }) => {
      const { host, port, user, password } = server
      const connection = await createConnection({ host, port, user, password })
      const query: Query = async (sql) => (await connection.query<RowDataPacket[]>(sql))[0]
      const seen = (await seeHolder(query, lock.key))!
      // As through a proxy that hides the restart, where the same connection id is given again.
      const before = { ...seen, serverStartedMs: seen.serverStartedMs - 60_000 }
      assert.equal((await endHolder(query, before)).what, 'restarted')
      const elsewhere = { ...seen.lock, holder: { ...seen.lock.holder, host: '10.0.0.7' } }
      assert.equal((await endHolder(query, { ...seen, lock: elsewhere })).what, 'changed')
      assert.equal(lock.signal.aborted, false)
      // As the server answers while it rolls back.
      const slow: Query = async (sql) =>
        sql.includes(' AS CHAR) AS session_id') ? [{ session_id: lock.sessionId }] : query(sql)
      assert.equal((await endHolder(slow, seen, 100)).what, 'ending')
      await lost(lock)
      await connection.end()
    })
  })
})
