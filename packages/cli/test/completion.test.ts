import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildProgram } from '../dist/program.js'
import { cli, RunningCli } from './cli.js'

const COMMANDS = ['completion', 'doctor', 'kill', 'ls', 'run', 'watch']

describe('ormutex completion bash', () => {
  let folder: string
  let script: string
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'ormutex-cli-'))
    script = join(folder, 'ormutex.bash')
    writeFileSync(script, (await cli(['completion', 'bash'])).stdout)
  })
  after(() => rmSync(folder, { recursive: true }))

  /** What bash offers when TAB is pressed after the last of these words. */
  async function offers(...words: readonly string[]): Promise<string[]> {
    const asBashDoes = `source "$1"; shift
      COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
      function=$(complete -p ormutex | sed 's/.*-F \\([^ ]*\\).*/\\1/')
      "$function" ormutex "$2" "$1"
      printf '%s\\n' "\${COMPREPLY[@]}"`
    const bash = new RunningCli('bash', ['--norc', '-u', '-c', asBashDoes, 'bash', script, 'ormutex', ...words], {
      input: '',
    })
    const { code, stdout, stderr } = await bash.ended
    assert.deepEqual([code, stderr], [0, ''])
    return stdout
      .split('\n')
      .filter((line) => line !== '')
      .toSorted()
  }

  it('offers commands', async () => {
    assert.deepEqual(await offers(''), ['--help', '--version', ...COMMANDS].toSorted())
    assert.deepEqual(await offers('ru'), ['run'])
  })

  it('offers the flags of the command, wherever it stands', async () => {
    assert.deepEqual(await offers('run', '--h'), ['--help', '--hold-timeout'])
    assert.deepEqual(await offers('run', 'nightly', '--timeout', '3s', '--c'), ['--conflict-exit-code'])
    // A name like a command is none.
    assert.deepEqual(await offers('run', 'completion', '--exact'), ['--exact-name'])
    assert.deepEqual(await offers('completion', ''), ['--help', 'bash', 'zsh'])
  })

  it('offers no flag where a value is due', async () => {
    assert.deepEqual(await offers('run', '--timeout', ''), [])
    assert.deepEqual(await offers('run', '--defaults-file', '-'), [])
  })

  it('offers programs after --, and none of its own flags from there on', async () => {
    assert.ok((await offers('run', 'x', '--', 'ech')).includes('echo'))
    assert.deepEqual(await offers('run', 'x', '--', 'echo', '--ti'), [])
  })
})

describe('ormutex completion zsh', () => {
  let script: string
  before(async () => {
    script = (await cli(['completion', 'zsh'])).stdout
  })

  /** What it says of a command. */
  function specsOf(command: string): string {
    const start = script.indexOf(`        ${command})\n`)
    return script.slice(start, script.indexOf(';;', start))
  }

  it('knows every command and every flag that help shows', () => {
    assert.match(script, /^#compdef ormutex\n/)
    for (const command of buildProgram().commands) {
      const name = command.name()
      assert.match(script, new RegExp(`^ +'${name}:.+'$`, 'm'))
      const own = specsOf(name)
      const flags = [...command.helpInformation().matchAll(/^ {2}(?:-\w, )?(--[a-z-]+)/gm)].map(([, flag]) => flag!)
      assert.ok(flags.length > 0)
      for (const flag of flags) assert.ok(own.includes(`'${flag}[`), `${flag} of ${name}`)
    }
  })

  it('takes one name where there is one, and every further one where there may be more', () => {
    assert.match(specsOf('kill'), /'1:name:'/)
    assert.match(specsOf('ls'), /'\*:name:'/)
  })

  it('every quotation in it is closed', async () => {
    // What the two shells share of their syntax is all that is used, but for #compdef, which is a comment.
    const bash = new RunningCli('bash', ['--norc', '-n'], { input: script })
    assert.deepEqual(await bash.ended.then(({ code, stderr }) => [code, stderr]), [0, ''])
  })
})
