import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type Block, blocks, placeOf } from './blocks.js'
import { root } from './pages.js'

/** What npm itself does, without a script of ours. */
const NPM_COMMANDS = new Set(['install', 'i', 'ci', 'uninstall', 'exec', 'pack', 'init'])

/** The words before a program's name: variables, and what runs it. */
const BEFORE = /^(?:\$ |[A-Z_]+=\S*\s+|(?:npx|time|exec|sudo)\s+(?:-y\s+|--yes\s+)?)*/

describe('Commands on the pages', () => {
  const lines = blocks.filter(({ language }) => language === 'sh').flatMap(linesOf)

  it('run scripts that there are', () => {
    const { scripts } = JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as { scripts: Record<string, string> }
    const npm = lines.filter(({ words }) => words[0] === 'npm')
    assert.ok(npm.length > 0)
    const wrong = npm.filter(({ words: [, command = '', script = ''] }) => {
      if (command === 'run') return !(script in scripts)
      return !NPM_COMMANDS.has(command) && !(command in scripts)
    })
    assert.deepEqual(wrong.map(describeLine), [])
  })

  it('give ormutex commands and flags that it has', function () {
    this.timeout(30_000)
    const ormutex = lines.filter(({ words }) => words[0] === 'ormutex')
    assert.ok(ormutex.length > 0)
    const wrong = ormutex.filter(({ words }) => unknownWords(words.slice(1)).length > 0)
    assert.deepEqual(wrong.map(describeLine), [])
  })
})

interface Line {
  readonly place: string
  readonly text: string
  readonly words: readonly string[]
}

function describeLine({ place, text }: Line): string {
  return `${place}: ${text}`
}

/** The commands of a block, without comments; what is joined by `&&`, `|` or `;` apart. */
function linesOf(block: Block): Line[] {
  return block.code
    .replaceAll(/\\\n\s*/g, ' ')
    .split('\n')
    .flatMap((text) => text.replace(/(?:^|\s)#.*$/, '').split(/&&|\|\|?|;|\$\(/))
    .map((text) => ({ place: placeOf(block), text: text.trim(), words: text.trim().replace(BEFORE, '').split(/\s+/) }))
}

/** The command, when there is none of that name, and the flags that it does not have. */
function unknownWords([command = '', ...rest]: readonly string[]): string[] {
  const isFlag = command.startsWith('-')
  const known = isFlag ? helpOf() : helpOf(command)
  if (known === null) return [command]
  const end = rest.indexOf('--')
  const words = isFlag ? [command, ...rest] : rest.slice(0, end === -1 ? undefined : end)
  const flags = words.map((word) => word.replace(/[=\])"'`].*$/, '')).filter((word) => word.startsWith('--'))
  return flags.filter((flag) => !known.has(flag))
}

const helps = new Map<string, Set<string> | null>()

/** The flags of a command, or `null` when there is no such command. */
function helpOf(command = ''): Set<string> | null {
  const cached = helps.get(command)
  if (cached !== undefined) return cached
  const bin = fileURLToPath(new URL('../../../packages/cli/bin/ormutex.js', import.meta.url))
  const args = command === '' ? ['--help'] : ['help', command]
  const { status, stdout } = spawnSync(process.execPath, [bin, ...args], { encoding: 'utf8' })
  const flags = status === 0 ? new Set(stdout.match(/--[a-z][a-z-]*/g)) : null
  helps.set(command, flags)
  return flags
}
