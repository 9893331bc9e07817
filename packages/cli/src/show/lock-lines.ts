import { describeDuration, printable } from '@ormutex/core'
import type { SurveyedHolder, SurveyedWaiter } from '@ormutex/core/sql'
import { type Column, cut, layOut, type Overflow, widthOf, wrap } from './columns.js'
import type { LockView } from './lock-view.js'

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
  const rows: readonly Row[] = [{ cells: HEADINGS, look: 'heading' }, ...tables.flat()]
  const blocks = layOut(
    rows.map(({ cells }) => cells),
    COLUMNS,
    { width, overflow: options.overflow },
  )
  let next = 0
  const linesOfRows = (count: number): Line[] =>
    blocks.slice(next, (next += count)).flatMap((block, index) => {
      const { look } = rows[next - count + index]!
      return block.map((text): Line => [{ text: INDENT + text, look }])
    })
  const heading = linesOfRows(1)
  const all = locks.map((lock, index) => [
    ...titleLines(lock, options),
    ...linesOfRows(tables[index]!.length),
    ...furtherLine(lock, options),
  ])
  return [heading, ...all].flat()
}

/** What a session has to say, and how it looks. */
interface Row {
  readonly cells: readonly string[]
  readonly look: Look
}

function furtherLine({ waiters }: TimedLock, { columns = Infinity, mostWaiters = Infinity }: LineOptions): Line[] {
  const further = waiters.length - mostWaiters
  if (further <= 0) return []
  return [[{ text: cut(`${INDENT}… and ${further} more ${further === 1 ? 'waits' : 'wait'}`, columns), look: 'note' }]]
}

function sessionRows(lock: TimedLock, mostWaiters: number): Row[] {
  return [
    holderRow(lock),
    ...lock.waiters.slice(0, mostWaiters).map((waiter): Row => ({
      cells: ['waits', ...sessionCells(waiter), describeSpan(lock.waited.get(waiter.sessionId))],
      look: 'waiter',
    })),
  ]
}

function holderRow({ holder, held, waiters }: TimedLock): Row {
  if (holder !== null) return { cells: ['holds', ...sessionCells(holder), describeSpan(held)], look: 'holder' }
  // Whoever waits does so for somebody, whom the server does not show.
  const [role, label] = waiters.length > 0 ? ['holds', '(not shown)'] : ['free', '']
  return { cells: [role, label, '', '', ''], look: 'note' }
}

function sessionCells({ label, sessionId, user, host }: SurveyedHolder | SurveyedWaiter): string[] {
  const account = [user, host].filter((part) => part !== undefined).join('@')
  return [label ?? '', sessionId, account]
}

/** Wrapped, a line tells all that is known; cut, it has to do with what identifies the lock. */
function titleLines(lock: LockView, { columns = Infinity, overflow }: LineOptions): Line[] {
  const mark = lock.isOurs === 'unknown' ? UNKNOWN_MARK : ''
  const namespace =
    lock.isOurs === 'no' && lock.namespace !== undefined ? ` (in ${JSON.stringify(lock.namespace)})` : ''
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
