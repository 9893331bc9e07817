import { printable } from '@ormutex/core'
import { Help } from 'commander'
import type { Colors } from 'picocolors/types.js'
import type { Finding, Level } from './check.js'
import type { Diagnosis } from './examine.js'

/** Words beside colours and signs: neither is seen by everybody. */
const LOOKS = {
  ok: { label: '✓ ok  ', colour: 'green' },
  warn: { label: '! warn', colour: 'yellow' },
  fail: { label: '✗ FAIL', colour: 'red' },
} as const satisfies Record<Level, { label: string; colour: keyof Colors }>

const GAP = '  '
const TITLE_WIDTH = 17
const INDENT = ' '.repeat(LOOKS.ok.label.length + TITLE_WIDTH + 2 * GAP.length)
const ARROW = '→ '

export interface Page {
  readonly colours: Colors
  /** Of the terminal. */
  readonly columns: number
}

/** A finding: its first line has the verdict, and advice stands on lines of its own. */
export function findingText({ title, level, detail, advice }: Finding, { colours, columns }: Page): string {
  const { label, colour } = LOOKS[level]
  const width = columns - INDENT.length
  const [first = '', ...rest] = atSpaces(printable(detail), width)
  const advised = advice === undefined ? [] : atSpaces(advice, width - ARROW.length)
  return [
    `${colours[colour](label)}${GAP}${title.padEnd(TITLE_WIDTH)}${GAP}${first}`,
    ...rest.map((line) => `${INDENT}${line}`),
    ...advised.map((line, index) => `${INDENT}${colours.dim(`${index === 0 ? ARROW : '  '}${line}`)}`),
  ].join('\n')
}

/** The last line. */
export function summaryText({ findings, isComplete }: Diagnosis, { colours }: Pick<Page, 'colours'>): string {
  const failed = findings.filter(({ level }) => level === 'fail')
  const warnings = findings.filter(({ level }) => level === 'warn').length
  if (failed.length === 0) {
    const mind = warnings === 0 ? '' : ` Mind ${warnings === 1 ? 'the warning' : `the ${warnings} warnings`}.`
    return `${colours.bold(colours.green('GREEN'))}: a lock taken here is a lock.${mind}`
  }
  const which = failed.map(({ title }) => title).join(', ')
  const rest = isComplete ? '' : ' The rest was not looked at.'
  return `${colours.bold(colours.red('RED'))}: do not rely on locks taken here. Failed: ${which}.${rest}`
}

/** Lines that break between words, as commander breaks its help. */
function atSpaces(text: string, width: number): string[] {
  const help = new Help()
  help.minWidthToWrap = 20
  return help.boxWrap(text, width).split('\n')
}
