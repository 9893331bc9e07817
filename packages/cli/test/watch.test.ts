import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { sharedServer, startServer, type TestServer } from '@ormutex-test/servers'
import { ServerConnection } from '../dist/server-connection.js'
import { type RunningCli, startCli } from './cli.js'
import { Holders } from './holders.js'
import { BEFORE, PseudoTerminal, STOPPED, type TerminalOptions } from './pseudo-terminal.js'

const WATCH = ['watch', '--namespace', 'watch', '--interval', '200ms']

/** What `stty -a` says of a terminal that edits lines and shows what is typed. */
const COOKED = /(^| )icanon .*(^| )echo /

interface Scene {
  readonly server: TestServer
  readonly holders: Holders
  /** In a pseudo terminal, until the first screen is there. */
  readonly watch: (options?: TerminalOptions) => Promise<PseudoTerminal>
  /** With no terminal. */
  readonly log: () => RunningCli
}

async function withWatch(server: TestServer, test: (scene: Scene) => Promise<void>): Promise<void> {
  const holders = new Holders(server)
  const started: { dispose(): void }[] = []
  const env = { DATABASE_URL: server.url }
  const watch = async (options: TerminalOptions = {}): Promise<PseudoTerminal> => {
    const terminal = new PseudoTerminal(WATCH, { ...options, env })
    started.push(terminal)
    await terminal.until(/^q quits/m)
    return terminal
  }
  const log = (): RunningCli => {
    const running = startCli(WATCH, { env })
    started.push({ dispose: () => running.kill('SIGKILL') })
    return running
  }
  try {
    await test({ server, holders, watch, log })
  } finally {
    for (const each of started) each.dispose()
    await holders.end()
  }
}

async function assertRestored(terminal: PseudoTerminal, code: number): Promise<void> {
  const ended = await terminal.end()
  assert.equal(ended.code, code)
  // Nothing of the screen stays behind, and what was there before is there again.
  assert.equal(ended.text, BEFORE)
  assert.deepEqual([terminal.isAlternate, terminal.isCursorShown], [false, true])
  assert.match(ended.settings, COOKED)
}

/** Stops a process, and resolves when each of its threads is. */
async function stop(pid: number): Promise<void> {
  process.kill(pid, 'SIGSTOP')
  const isStopped = (thread: string): boolean =>
    readFileSync(`/proc/${pid}/task/${thread}/stat`, 'latin1')
      .replace(/^.*\) /s, '')
      .startsWith('T')
  while (!readdirSync(`/proc/${pid}/task`).every(isStopped)) await sleep(5)
}

describe('ormutex watch', () => {
  for (const flavour of ['mysql', 'mariadb'] as const) {
    it(`on ${flavour} shows who holds and who waits at 80x24, follows what happens, and leaves the terminal as it was`, async () => {
      await withWatch(await sharedServer(flavour), async ({ holders, watch, server }) => {
        const first = holders.open({ namespace: 'watch', label: 'shop-1:4711' })
        const held = await first.acquireNamedLock('user:42')
        const next = holders.open({ namespace: 'watch', label: 'shop-2:812' }).acquireNamedLock('user:42')
        const terminal = await watch()
        const labels = flavour === 'mysql' ? ['shop-1:4711', 'shop-2:812'] : ['', '']
        const account = `${server.user}@127.0.0.1`
        const row = (role: string, label: string, id: string, span: string): RegExp =>
          new RegExp(`^ {2}${role} {2}${label} +${id} {2}${account} +${span}$`, 'm')
        await terminal.until(() => row('waits', labels[1]!, '\\d+', '(≥ )?\\d.* m?s').test(terminal.text))
        assert.equal(terminal.isAlternate, true)
        assert.equal(terminal.isCursorShown, false)
        assert.match(terminal.lines[0]!, /^"watch" on .*1 lock, 1 waiting {2}\d\d:\d\d:\d\d$/)
        assert.equal(terminal.lines[0]!.length, 80)
        assert.match(terminal.text, row('holds', labels[0]!, held.sessionId, '(\\?|≥ \\d.* m?s)'))

        await held.release()
        const taken = await next
        // It was seen to be taken, so its time is known.
        await terminal.until(row('holds', labels[1]!, taken.sessionId, '\\d.* m?s'))
        assert.match(terminal.lines[0]!, /1 lock, 0 waiting/)

        terminal.resize(50, 10)
        await terminal.until(new RegExp(`^ +LABEL .* FOR$[^]*^ {2}holds {2}.* ${taken.sessionId} {2}.*s$`, 'm'))
        for (const line of terminal.lines) assert.ok(line.length <= 50)
        await taken.release()
        if (flavour === 'mysql') await terminal.until(/Nothing is locked/)
        terminal.type('q')
        await assertRestored(terminal, 0)
      })
    })

    it(`on ${flavour} writes a line for each change where there is no terminal`, async () => {
      await withWatch(await sharedServer(flavour), async ({ holders, log }) => {
        const one = holders.open({ namespace: 'watch', label: 'shop-1:4711' })
        const two = holders.open({ namespace: 'watch', label: 'shop-2:812' })
        const held = await one.acquireNamedLock('user:42')
        const next = two.acquireNamedLock('user:42')
        const running = log()
        const TIME = '\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z'
        const line = (what: string, id: string, lasted = ''): RegExp =>
          new RegExp(`^${TIME} {2}${what} +user:42 {2}session ${id} \\(.*\\)${lasted}$`, 'm')
        await running.until('stdout', line('held', held.sessionId, '( for ≥ .*)?'))
        await running.until('stdout', line('waiting', '\\d+', '( for .*)?'))
        await held.release()
        const taken = await next
        await running.until('stdout', line('released', held.sessionId, ' for ≥ .* m?s'))
        await running.until('stdout', line('taken', taken.sessionId))
        await taken.release()
        await running.until('stdout', line('released', taken.sessionId, '( for \\d.* m?s)?'))
        running.kill('SIGTERM')
        const { code, stdout, stderr } = await running.ended
        assert.equal(code, 143)
        assert.equal(stdout.includes('\u{1b}'), false)
        if (flavour === 'mariadb') assert.match(stderr, /^ormutex: Locks that nobody waits for are not listed/)
        else assert.equal(stderr, '')
      })
    })
  }

  it('leaves the terminal as it was after Ctrl-C, a signal, and while it is stopped', async () => {
    await withWatch(await sharedServer('mysql'), async ({ watch }) => {
      const interrupted = await watch()
      interrupted.type('\u{3}')
      await assertRestored(interrupted, 130)

      const quit = await watch()
      quit.signal('SIGQUIT')
      await assertRestored(quit, 131)

      const stopped = await watch({ isStopped: true })
      stopped.type('\u{1a}')
      await stopped.until(new RegExp(`^${BEFORE}\n(.*\n)*${STOPPED}$`, 'm'))
      assert.deepEqual([stopped.isAlternate, stopped.isCursorShown], [false, true])
      assert.match(stopped.lines.join(' '), COOKED)
      stopped.type('\n')
      await stopped.until(() => stopped.isAlternate && /^q quits/m.test(stopped.text))
      stopped.signal('SIGTERM')
      const { code, settings } = await stopped.end()
      assert.equal(code, 143)
      assert.deepEqual([stopped.isAlternate, stopped.isCursorShown], [false, true])
      assert.match(settings, COOKED)
    })
  })

  it('shows what has a place, and says how much there is besides', async () => {
    await withWatch(await sharedServer('mysql'), async ({ holders, watch }) => {
      const locks = holders.open({ namespace: 'watch', label: 'shop-1:4711' })
      for (let index = 10; index < 30; index += 1) await locks.acquireNamedLock(`lock-${index}`)
      const terminal = await watch()
      assert.match(terminal.lines[0]!, /20 locks, 0 waiting/)
      const shown = terminal.lines.filter((line) => line.startsWith('lock-')).length
      assert.match(
        terminal.text,
        new RegExp(`^… and ${20 - shown} more locks: a taller window or "ormutex ls" shows them$`, 'm'),
      )
      terminal.resize(120, 50)
      await terminal.until(() => terminal.lines.filter((line) => line.startsWith('lock-')).length === 20)
      assert.doesNotMatch(terminal.text, /more locks/)
    })
  })

  it('says for how long the server has been away, goes on when it is back, and can be left while it hangs', async () => {
    const server = await startServer('mariadb')
    try {
      await withWatch(server, async ({ holders, watch, log }) => {
        await holders.open({ namespace: 'watch' }).acquireNamedLock('user:42')
        holders.wait(holders.open({ namespace: 'watch' }), 'user:42')
        const terminal = await watch()
        const running = log()
        await terminal.until(/^user:42$/m)
        await running.until('stdout', / {2}held +user:42 /)
        await server.halt()
        await terminal.until(/^No answer for \d.* m?s, trying again\. Below: how it was before\.\n.*ECONN.*/m)
        await terminal.until(/^No answer for [1-9]\d*\.\d s/m)
        assert.match(terminal.text, /^user:42$/m)
        await running.until('stdout', / {2}away +the server does not answer: /)
        await server.resume()
        await terminal.until(
          () => !/No answer/.test(terminal.text) && /^No lock that somebody waits for is seen/m.test(terminal.text),
        )
        await running.until('stdout', / {2}back +after \d.* m?s\n.* {2}released +user:42 /)
        assert.equal(running.stdout.match(/ away /g)?.length, 1)
      })

      // Now one that says nothing, as it is when it hangs or the network swallows everything: nobody has to wait for it.
      await withWatch(server, async ({ watch }) => {
        const terminal = await watch()
        const { host, port, user, password } = server
        const settings = { host, port, user, password }
        const used = new ServerConnection(settings, 1_000)
        assert.deepEqual(await used.query('SELECT 7 AS seven'), [{ seven: 7 }])
        await stop(server.pid!)
        const asked = [used, new ServerConnection(settings, 1_000)].map((connection) => connection.query('SELECT 7'))
        await Promise.all(asked.map((answer) => assert.rejects(answer, /The server did not answer in 1 s/)))
        // By now a look has been under way for some 0.8 s.
        const begunMs = performance.now()
        terminal.type('q')
        await assertRestored(terminal, 0)
        assert.ok(performance.now() - begunMs < 3_000, 'it waited for the server, which has 5 s')
      })
    } finally {
      if (server.pid !== undefined) process.kill(server.pid, 'SIGCONT')
      await server.stop()
    }
  }).timeout(40_000)

  it('fails where there is nothing to watch to begin with, and refuses what makes no sense', async () => {
    const away = startCli(WATCH, { env: { DATABASE_URL: 'mysql://root:pw-in-url@127.0.0.1:1/x' } })
    const { code, stdout, stderr } = await away.ended
    assert.deepEqual([code, stdout], [69, ''])
    assert.match(stderr, /ECONNREFUSED/)
    const wrong = await startCli(['watch', '--interval', '0']).ended
    assert.equal(wrong.code, 64)
    assert.match(wrong.stderr, /Expected 100ms to 1d/)
  })

  it('ends without a word when nobody reads on', async () => {
    await withWatch(await sharedServer('mysql'), async ({ holders, log }) => {
      const locks = holders.open({ namespace: 'watch' })
      const running = log()
      const lock = await locks.acquireNamedLock('user:42')
      await running.until('stdout', /user:42/)
      running.child.stdout!.destroy()
      await lock.release()
      const { code, stderr } = await running.ended
      assert.deepEqual([code, stderr], [141, ''])
    })
  })
})
