import { describeDuration } from '@ormutex/core'
import { cut, widthOf } from '../show/columns.js'
import { type Line, lockLines, type TimedLock, UNKNOWN_MARK } from '../show/lock-lines.js'

/** What the screen of `watch` shows. */
export interface WatchView {
  /** `shop on app@db:3306/shop` */
  readonly title: string
  /** `14:02:31` */
  readonly time: string
  /** `null` before the first look. */
  readonly locks: readonly TimedLock[] | null
  /** What the server does not show. */
  readonly hidden: readonly string[]
  /** Whether the server showed every lock that was held. */
  readonly isComplete: boolean
  /** What is locked in other namespaces, where nothing is in this one. */
  readonly elsewhere?: string | undefined
  /** The server does not answer. */
  readonly trouble?: { readonly reason: string; readonly forMs: number } | undefined
}

/** Tries to show all waiters of each lock; then fewer, until every lock has its place. */
const WAITERS_TRIED = [Infinity, 10, 5, 3, 2, 1, 0]

/** The lines of a screen of that size, at most `rows`, none wider than `columns`. */
export function screenLines(view: WatchView, size: { readonly columns: number; readonly rows: number }): Line[] {
  const { columns } = size
  const above = [titleLine(view, columns), ...troubleLines(view, columns)]
  const below = footLines(view, columns)
  const room = size.rows - above.length - below.length
  const lines = [...above, ...body(view, columns, room), ...below]
  return lines.slice(0, size.rows)
}

const NOTHING = 'Nothing is locked, as far as the server shows.'
const NOTHING_SEEN = 'No lock that somebody waits for is seen; others may be held.'

function titleLine({ title, time, locks }: WatchView, columns: number): Line {
  const waiting = locks?.reduce((sum, { waiters }) => sum + waiters.length, 0)
  const counts = locks === null ? '' : `  ${count(locks.length, 'lock')}, ${waiting} waiting`
  const left = cut(title, Math.max(0, columns - widthOf(counts) - widthOf(time) - 2))
  const space = ' '.repeat(Math.max(2, columns - widthOf(left + counts) - widthOf(time)))
  return [{ text: cut(left + counts + space + time, columns), look: 'name' }]
}

function troubleLines({ trouble, locks }: WatchView, columns: number): Line[] {
  if (trouble === undefined) return []
  const last = locks === null ? '' : ' Below: how it was before.'
  const text = `No answer for ${describeDuration(trouble.forMs)}, trying again.${last}`
  return [text, trouble.reason].map((each): Line => [{ text: cut(each, columns), look: 'trouble' }])
}

function body(view: WatchView, columns: number, room: number): Line[] {
  if (view.locks === null) return []
  if (view.locks.length === 0) return [[{ text: cut(view.isComplete ? NOTHING : NOTHING_SEEN, columns), look: 'note' }]]
  // Whoever waits is why somebody looks: where not all locks fit, those come first.
  const locks = view.locks.toSorted((one, other) => Number(isFree(one)) - Number(isFree(other)))
  // Two lines each at least, and the headings.
  const isTooMuch = 1 + 2 * locks.length > room
  for (const mostWaiters of isTooMuch ? [] : WAITERS_TRIED) {
    const lines = lockLines(locks, { columns, overflow: 'cut', mostWaiters })
    if (lines.length <= room) return lines
  }
  return cutOff(locks, columns, room)
}

/** As many locks as there is room for, two lines each, and a line that says how many more there are. */
function cutOff(locks: readonly TimedLock[], columns: number, room: number): Line[] {
  const shown: TimedLock[] = []
  let lines: Line[] = []
  for (const lock of locks) {
    const next = lockLines([...shown, lock], { columns, overflow: 'cut', mostWaiters: 0 })
    if (next.length > room - 1) break
    shown.push(lock)
    lines = next
  }
  const more = `… and ${count(locks.length - shown.length, 'more lock')}: a taller window or "ormutex ls" shows them`
  return room < 1 ? [] : [...lines, [{ text: cut(more, columns), look: 'note' }]]
}

function footLines({ locks, hidden, elsewhere }: WatchView, columns: number): Line[] {
  const isUnknown = locks?.some(({ isOurs }) => isOurs === 'unknown') === true
  const notes = [
    ...(elsewhere === undefined ? [] : [elsewhere]),
    ...(isUnknown ? [`${UNKNOWN_MARK}of which namespace is not known`] : []),
    ...(hidden.length > 0 ? [`Not all is shown: "ormutex ls" says what, and why`] : []),
    'q quits; ≥ had begun before it was seen',
  ]
  return notes.map((note): Line => [{ text: cut(note, columns), look: 'note' }])
}

function isFree({ waiters }: TimedLock): boolean {
  return waiters.length === 0
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`
}
