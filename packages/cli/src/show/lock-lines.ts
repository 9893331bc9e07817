import { describeDuration } from '@ormutex/core'
import type { SurveyedHolder, SurveyedWaiter } from '@ormutex/core/sql'
import { type Column, cut, layOut, type Overflow, widthOf, wrap } from './columns.js'
import type { LockView } from './lock-view.js'
import { printable } from './printable.js'

/** How long something has lasted. */
export interface Span {
  readonly ms: number
  /** At least that long. */
  readonly isLowerBound: boolean
}

/** A lock with the times to show. */
export interface TimedLock extends LockView {
  readonly held: Span | undefined
  /** By session. */
  readonly waited: ReadonlyMap<string, Span>
}

/** A line, in parts of one look each. */
export type Line = readonly Part[]
export interface Part {
  readonly text: string
  readonly look: Look
}
export type Look = 'heading' | 'name' | 'key' | 'holder' | 'waiter' | 'note' | 'trouble'

export interface LineOptions {
  /** Of the terminal; `undefined`: lines as long as they come. */
  readonly columns: number | undefined
  readonly overflow: Overflow
  /** Most waiters shown of each lock. */
  readonly mostWaiters?: number
}

const COLUMNS: readonly Column[] = [
  { align: 'left' },
  { align: 'left', isFlexible: true },
  { align: 'right' },
  { align: 'left', isFlexible: true },
  { align: 'right' },
]
const HEADINGS = ['', 'LABEL', 'SESSION', 'ACCOUNT', 'FOR']
const INDENT = '  '
/** Stands before a lock of which it is not known whose it is. */
export const UNKNOWN_MARK = '? '

/** The times that the server tells. It keeps none of a grant: the session has been in its present state for that long. */
export function timedByServer(lock: LockView): TimedLock {
  const held = lock.holder?.heldMs
  const waits = lock.waiters.flatMap(({ sessionId, waitedMs }): (readonly [string, Span])[] =>
    waitedMs === undefined ? [] : [[sessionId, { ms: waitedMs, isLowerBound: true }]],
  )
  return {
    ...lock,
    held: held === undefined ? undefined : { ms: held, isLowerBound: true },
    waited: new Map(waits),
  }
}

/** `≥ 12 s` */
export function describeSpan(span: Span | undefined): string {
  return span === undefined ? '?' : `${span.isLowerBound ? '≥ ' : ''}${describeDuration(span.ms)}`
}

/** The table of locks: each with its name or key, below that who has it and who waits for it. */
export function lockLines(locks: readonly TimedLock[], options: LineOptions): Line[] {
  const width = options.columns === undefined ? undefined : options.columns - INDENT.length
  const tables = locks.map((lock) => sessionRows(lock, options.mostWaiters ?? Infinity))
  const blocks = layOut([HEADINGS, ...tables.flatMap((rows) => rows.map(({ cells }) => cells))], COLUMNS, {
    width,
    overflow: options.overflow,
  })
  const lines = (blocks.shift() ?? []).map((text): Line => [{ text: INDENT + text, look: 'heading' }])
  for (const [index, lock] of locks.entries()) {
    lines.push(...titleLines(lock, options))
    for (const { look } of tables[index]!) {
      for (const text of blocks.shift()!) lines.push([{ text: INDENT + text, look }])
    }
    lines.push(...furtherLine(lock, options))
  }
  return lines
}

function furtherLine({ waiters }: TimedLock, { columns = Infinity, mostWaiters = Infinity }: LineOptions): Line[] {
  const further = waiters.length - mostWaiters
  if (further <= 0) return []
  return [[{ text: cut(`${INDENT}… and ${further} more ${further === 1 ? 'waits' : 'wait'}`, columns), look: 'note' }]]
}

function sessionRows(lock: TimedLock, mostWaiters: number): { cells: string[]; look: Look }[] {
  return [
    holderRow(lock),
    ...lock.waiters.slice(0, mostWaiters).map((waiter): { cells: string[]; look: Look } => ({
      cells: ['waits', ...sessionCells(waiter), describeSpan(lock.waited.get(waiter.sessionId))],
      look: 'waiter',
    })),
  ]
}

function holderRow({ holder, held, waiters }: TimedLock): { cells: string[]; look: Look } {
  if (holder !== null) return { cells: ['holds', ...sessionCells(holder), describeSpan(held)], look: 'holder' }
  // Whoever waits does so for somebody, whom the server does not show.
  const [role, label] = waiters.length > 0 ? ['holds', '(not shown)'] : ['free', '']
  return { cells: [role, label, '', '', ''], look: 'note' }
}

function sessionCells({ label, sessionId, user, host }: SurveyedHolder | SurveyedWaiter): string[] {
  const account = [user, host].filter((part) => part !== undefined).join('@')
  return [label ?? '', sessionId, account].map(printable)
}

/** Wrapped, a line tells all that is known; cut, it has to do with what identifies the lock. */
function titleLines(lock: LockView, { columns = Infinity, overflow }: LineOptions): Line[] {
  const mark = lock.isOurs === 'unknown' ? UNKNOWN_MARK : ''
  const namespace = lock.isOurs === 'no' && lock.namespace !== undefined ? ` (in ${lock.namespace})` : ''
  const title = mark + printable((lock.name ?? lock.key) + namespace)
  if (overflow === 'cut') return [[{ text: cut(title, columns), look: 'name' }]]
  const key = lock.name === undefined || lock.name === lock.key ? '' : `${INDENT}${lock.key}`
  if (widthOf(title + key) <= columns) return [[{ text: title, look: 'name' }, ...keyPart(key)]]
  const wrapped = (text: string, look: Look): Line[] =>
    columns === Infinity ? [[{ text, look }]] : wrap(text, columns).map((part) => [{ text: part, look }])
  return [...wrapped(title, 'name'), ...(key === '' ? [] : wrapped(key, 'key'))]
}

function keyPart(key: string): Line {
  return key === '' ? [] : [{ text: key, look: 'key' }]
}
