import { type Event, FROM_POOL } from './recorder.js'

/** A row of a drawing: at this time, on this connection. */
export interface Moment {
  lane: number
  words: string
  /** What the application itself asks for, inside its transaction. */
  isInside: boolean
  /** This is what goes wrong. */
  isBad: boolean
}

/** From one row to another, both included. */
export interface Span {
  lane: number
  from: number
  to: number
}

/** The rows of a drawing, and what lasts from one to another. */
export interface Sequence {
  moments: Moment[]
  locks: Span[]
  transactions: Span[]
  waits: Span[]
}

/** Puts what was recorded into rows by the time it was sent; a lock that was waited for gets a row when it is granted, too. */
export function sequenceOf(events: readonly Event[]): Sequence {
  const rows = events
    .flatMap((event) =>
      isWait(event, events)
        ? [
            { event, at: event.sentAt, part: 'ask' },
            { event, at: event.answeredAt, part: 'grant' },
          ]
        : [{ event, at: event.sentAt, part: 'all' }],
    )
    .toSorted((a, b) => a.at - b.at)
  const sequence: Sequence = { moments: [], locks: [], transactions: [], waits: [] }
  const open = new Map<string, Span>()
  const begin = (what: 'locks' | 'transactions' | 'waits', lane: number, row: number): void => {
    const span = { lane, from: row, to: row }
    sequence[what].push(span)
    open.set(`${what} ${lane}`, span)
  }
  const end = (what: 'locks' | 'transactions' | 'waits', lane: number, row: number): void => {
    const span = open.get(`${what} ${lane}`)
    if (span === undefined) throw new Error(`${what} of connection ${lane + 1} end and have not begun`)
    span.to = row
    open.delete(`${what} ${lane}`)
  }
  const balances = new Set<string>()
  for (const [row, { event, part }] of rows.entries()) {
    const { lane, name, answer } = event
    const isEarly = name === 'RELEASE_LOCK' && open.has(`transactions ${lane}`)
    const isOld = name === 'SELECT balance' && balances.has(answer ?? '')
    if (name === 'SELECT balance') balances.add(answer ?? '')
    sequence.moments.push({
      lane,
      words: wordsFor(event, part),
      isInside: /^(?:SELECT|UPDATE) balance/.test(name),
      isBad: isEarly || isOld,
    })
    if (part === 'ask') begin('waits', lane, row)
    if (part === 'grant') end('waits', lane, row)
    if (name === 'GET_LOCK' && part !== 'ask') begin('locks', lane, row)
    if (name === 'RELEASE_LOCK') end('locks', lane, row)
    if (name === 'BEGIN') begin('transactions', lane, row)
    if (name === 'COMMIT') end('transactions', lane, row)
  }
  if (open.size > 0) throw new Error(`Not ended: ${[...open.keys()].join(', ')}`)
  return sequence
}

/** Whether something happened on another connection before the lock was granted. */
function isWait({ lane, name, sentAt, answeredAt }: Event, events: readonly Event[]): boolean {
  return (
    name === 'GET_LOCK' &&
    events.some(
      (other) => other.lane !== lane && other.name !== FROM_POOL && other.sentAt > sentAt && other.sentAt < answeredAt,
    )
  )
}

function wordsFor({ name, answer }: Event, part: string): string {
  if (part === 'ask') return `${name} waits`
  if (part === 'grant') return `→ ${answer}, granted`
  return answer === undefined ? name : `${name} → ${answer}`
}
