import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { CASES } from './workspace.js'

/** A place in a case, and what is said of it there. */
export interface Mark {
  readonly file: string
  /** Of the token behind the mark. */
  readonly position: number
  /** `knex.ts:7 timeoutMS`, for titles. */
  readonly title: string
  readonly line: number
  readonly column: number
  /** The texts in the mark, which are parted by `|`. */
  readonly texts: readonly string[]
}

// A dot may stand between: where there is one, the formatter puts the mark before it.
const MARK = /\/\*[?!] ([^]*?) \*\/\s*\.?/g

/** The marks in the cases of a kind: in front of a token there is a comment that begins with `?` or with `!`. */
export function marksIn(kind: 'hovers' | 'wrong'): readonly Mark[] {
  return readdirSync(join(CASES, kind)).flatMap((name) => {
    const file = join(CASES, kind, name)
    const source = readFileSync(file, 'utf8')
    return Array.from(source.matchAll(MARK), ({ 0: mark, 1: texts = '', index }) => {
      const position = index + mark.length
      const before = source.slice(0, position).split('\n')
      const line = before.length
      const column = before.at(-1)!.length + 1
      const token = /^[\w$]+|^./.exec(source.slice(position))![0]
      return {
        file,
        position,
        line,
        column,
        title: `${name}:${line} ${token}`,
        texts: texts.split('|').map((text) => text.trim()),
      }
    })
  })
}
