import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { buildProgram } from '../dist/program.js'
import { atTerminal, lineOf } from './at-terminal.js'
import { cli, RunningCli, startCli } from './cli.js'

/** What begins a colour, or any other style, at a terminal. */
const ESCAPE = '\u001B['

const COMMANDS = ['run', 'ls', 'watch', 'kill', 'doctor', 'completion']

describe('ormutex --help', () => {
  it('every command has one, with examples of itself', async () => {
    const [all, ...each] = await Promise.all(
      [['--help'], ...COMMANDS.map((name) => [name, '--help'])].map((args) => cli(args)),
    )
    assert.equal(all!.code, 0)
    for (const [index, { code, stdout, stderr }] of each.entries()) {
      const name = COMMANDS[index]!
      assert.deepEqual([code, stderr], [0, ''], name)
      assert.match(all!.stdout, new RegExp(`^ {2}${name} .* {2}[A-Z]`, 'm'))
      assert.match(stdout, new RegExp(`^Examples:\n(?: {2}\\$ .+\n)* {2}\\$ .*ormutex ${name}`, 'm'))
      assert.ok(stdout.includes(`Usage: ormutex ${name} `), stdout)
    }
  })

  it('describes commands with a capital, what goes with them without, and neither with a full stop', () => {
    const program = buildProgram()
    for (const command of [program, ...program.commands]) {
      assert.match(command.description(), /^[A-Z][^]*[^.]$/)
      const help = command.createHelp()
      for (const { description } of [...help.visibleOptions(command), ...help.visibleArguments(command)]) {
        assert.match(description, /^([a-z]|MySQL )[^]*[^.]$/, command.name())
      }
    }
  })

  it('of run shows how cron starts it, with flags that there are, and that a lock is not once per night', async () => {
    const { stdout } = await cli(['run', '--help'])
    assert.match(stdout, /^ {2}-q, --quiet /m)
    assert.match(stdout, /The lock alone does not make that once per night/)
    const lines = [...stdout.matchAll(/^ {2}\S+ [^a-z]+ ormutex (run .+)$/gm)].map(([, line]) => line!.split(' '))
    assert.equal(lines.length, 2)
    const env = { DATABASE_URL: 'mysql://nobody@127.0.0.1:1/x' }
    // What is refused is the connection, not the line.
    const ends = await Promise.all(lines.map((line) => cli(line, { env })))
    for (const { code, stderr } of ends) assert.equal(code, 69, stderr)
  })

  it('says what version it is', async () => {
    const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
      version: string
    }
    assert.equal((await cli(['--version'])).stdout, `${manifest.version}\n`)
  })

  it('without a command it is shown on standard error, as a mistake', async () => {
    const { code, stdout, stderr } = await cli([])
    assert.deepEqual([code, stdout], [64, ''])
    assert.match(stderr, /Usage: ormutex/)
  })

  it('has bold titles at a terminal, also where CI is set, and none elsewhere nor with NO_COLOR', async () => {
    const at = (env: NodeJS.ProcessEnv) => atTerminal(lineOf(['run', '--help']), { TERM: 'xterm', ...env }).ended
    const notOnTerminal = atTerminal(`${lineOf([])} 2>&1 >/dev/tty | cat`, { TERM: 'xterm' }).ended
    const inFile = cli(['--help'], { env: { CI: 'true', FORCE_COLOR: '1' } })
    for (const coloured of await Promise.all([at({}), at({ CI: 'true' })])) {
      assert.ok(coloured.stdout.includes(`${ESCAPE}1mUsage:`), coloured.stdout)
    }
    const plain = [inFile, notOnTerminal, at({ NO_COLOR: '1' }), at({ TERM: 'dumb' })]
    for (const { stdout } of await Promise.all(plain)) {
      assert.match(stdout, /Usage:/)
      assert.ok(!stdout.includes(ESCAPE), stdout)
    }
  })
})

describe('ormutex and standard output', () => {
  it('says so when it cannot be written, and does not end as if it had been', async () => {
    const full = new RunningCli('sh', ['-c', `exec ${lineOf(['completion', 'bash'])} > /dev/full`])
    const unread = startCli(['completion', 'bash'])
    unread.child.stdout!.destroy()
    const ends = await Promise.all([full.ended, unread.ended])
    assert.deepEqual(
      ends.map(({ code, stderr }) => [code, stderr]),
      [
        [74, 'ormutex: standard output cannot be written (ENOSPC)\n'],
        [141, ''],
      ],
    )
  })
})

describe('ormutex and what was mistyped', () => {
  it('is answered with what may have been meant', async () => {
    const cases: [string[], RegExp][] = [
      [['ru'], /^ormutex: unknown command 'ru' \(Did you mean run\?\)\n/],
      [
        ['run', 'x', '--tiemout', '3s', '--', 'true'],
        /^ormutex: unknown option '--tiemout' \(Did you mean --timeout\?\)\n/,
      ],
      [
        ['run', 'x', '--hold-timout=3s', '--', 'true'],
        /^ormutex: unknown option '--hold-timout' \(Did you mean --hold-timeout\?\)\n/,
      ],
      [['kill', '--exact-name', '--yes=false'], /^ormutex: option '--yes' takes no value\n$/],
      [['ls', '--namspace', 'x'], /^ormutex: unknown option '--namspace' \(Did you mean --namespace\?\)\n/],
      // A terminal does not obey what is quoted.
      [
        ['completion', `fish${ESCAPE}2J`],
        /^ormutex: .*'fish\\u\{1b\}\[2J' is invalid.* Allowed choices are bash, zsh\.\n/,
      ],
      [['run', 'x', 'echo', 'hi'], /^ormutex: run: expected one name, then --, then the command/],
      [['run', 'x', 'y', '--', 'true'], /^ormutex: run: expected one name, then --, then the command/],
      [['run', 'x', '--', ''], /^ormutex: run: the command is an empty word\n$/],
      [['run', 'x', '--'], /^ormutex: missing required argument 'command'\n/],
    ]
    const ends = await Promise.all(
      cases.map(([args]) => cli(args, { env: { DATABASE_URL: 'mysql://nobody@127.0.0.1:1/x' } })),
    )
    for (const [index, { code, stdout, stderr }] of ends.entries()) {
      assert.deepEqual([code, stdout], [64, ''], stderr)
      assert.match(stderr, cases[index]![1])
    }
  })

  it('says of a duration, a number or a name what was expected', async () => {
    const cases: [string[], RegExp][] = [
      [['--timeout', '3x'], /Expected 500ms, 30s, 5m, 1h, 2d, a plain number of seconds, or infinity\./],
      [['--timeout', '-3s'], /Expected 500ms/],
      [['--timeout', ''], /Expected 500ms/],
      [['--timeout', '1h30m'], /Expected 500ms/],
      [['--hold-timeout', '0'], /Expected more than 0\./],
      [['--orphan-timeout', '1500ms'], /--orphan-timeout.+ Expected whole seconds, 1s to 365d\./],
      [['--conflict-exit-code', '256'], /Expected a number from 0 to 255\./],
      [
        ['--exact-name'],
        /^ormutex: with --exact-name a name must be 1 to 64 characters of \[a-z0-9:\._~-\], got another one\n$/,
      ],
    ]
    const ends = await Promise.all(
      cases.map(([flags]) =>
        cli(['run', 'A name', ...flags, '--', 'true'], { env: { DATABASE_URL: 'mysql://nobody@127.0.0.1:1/x' } }),
      ),
    )
    for (const [index, { code, stdout, stderr }] of ends.entries()) {
      assert.deepEqual([code, stdout], [64, ''], stderr)
      assert.match(stderr, cases[index]![1])
    }
  })

  it('is not run where a command could not be ended', async () => {
    const asOnWindows = "data:text/javascript,Object.defineProperty(process,'platform',{value:'win32'})"
    const { code, stdout, stderr } = await cli(['run', 'x', '--', 'echo', 'ran'], {
      env: { NODE_OPTIONS: `--import ${asOnWindows}` },
    })
    assert.deepEqual(
      [code, stdout, stderr],
      [69, '', 'ormutex: run needs the signals and process groups of Unix, which Windows does not have\n'],
    )
  })
})
