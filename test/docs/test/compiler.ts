import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Block } from './blocks.js'

/** A piece of code, and where it stands. */
export interface Compiled extends Pick<Block, 'page' | 'line' | 'language' | 'code'> {
  /** Code of one line that goes before it. */
  readonly prelude?: string
}

/** Languages that the compiler reads, and the ending that tells it which. JavaScript is only parsed. */
const ENDINGS = new Map([
  ['ts', 'ts'],
  ['js', 'js'],
  ['mjs', 'mjs'],
  ['cjs', 'cjs'],
])

const here = fileURLToPath(new URL('..', import.meta.url))
const folder = join(here, '.cache/blocks')

export function isRead({ language }: Block): boolean {
  return ENDINGS.has(language)
}

/** What the compiler says of them, each a module of its own, in one run: with the line of the page. */
export function complaints(codes: readonly Compiled[]): string[] {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const codeOf = new Map(codes.map((code) => [fileNameOf(code), code]))
  // On the lines that they have on the page.
  for (const [name, { line, code, prelude = '' }] of codeOf) {
    writeFileSync(join(folder, name), prelude + '\n'.repeat(line - 1) + code)
  }
  const said = compile().map((line) => complaintIn(line, codeOf))
  const unread = new Set(said.filter(({ isSyntax }) => isSyntax).map(({ code }) => code))
  const lines = said.map(({ text }) => text)
  // Where anything cannot be read, the compiler looks at the types of nothing.
  return unread.size === 0 ? lines : [...new Set([...lines, ...complaints(codes.filter((code) => !unread.has(code)))])]
}

/** The compiler's lines. */
function compile(): string[] {
  const compiler = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc')
  const args = [compiler, '-p', 'tsconfig.json', '--pretty', 'false']
  const { stdout, status } = spawnSync(process.execPath, args, { cwd: here, encoding: 'utf8' })
  const lines = stdout.split('\n').filter((line) => /^\S/.test(line))
  assert.equal(status === 0, lines.length === 0, `the compiler ended with ${status}: ${stdout}`)
  return lines
}

interface Complaint {
  readonly text: string
  readonly code: Compiled | undefined
  readonly isSyntax: boolean
}

/** `.cache/blocks/README.md.12.ts(14,3): error TS1127: Invalid character.` */
function complaintIn(line: string, codeOf: ReadonlyMap<string, Compiled>): Complaint {
  const match = /^\.cache\/blocks\/([^(]+)\((\d+),(\d+)\): error (TS\d+: .*)$/.exec(line)
  const code = codeOf.get(match?.[1] ?? '')
  if (match === null || code === undefined) return { text: line, code: undefined, isSyntax: false }
  const [, , row, column, message = ''] = match
  return { text: `${code.page.path}:${row}:${column}: ${message}`, code, isSyntax: /^TS1\d{3}:/.test(message) }
}

function fileNameOf({ page, line, language }: Compiled): string {
  return `${page.path.replaceAll('/', '__')}.${line}.${ENDINGS.get(language)}`
}
