import { printable } from '@ormutex/core'
import type { SurveyedHolder, SurveyedWaiter } from '@ormutex/core/sql'
import { describeSession } from '../show/describe-session.js'
import { describeSpan, UNKNOWN_MARK } from '../show/lock-lines.js'
import { type Picture, timedByWatch, type WatchedLock } from './picture.js'

/** Something that happened to a lock between two looks. */
export interface Change {
  /**
   * `held`: it was held when it came into sight, so nobody saw it being taken. `left`: whoever waited does so no more and has not got
   * it. `waiting` and `taken` were seen to begin, unless it is the first look.
   */
  readonly what: 'held' | 'taken' | 'released' | 'waiting' | 'left'
  readonly lock: WatchedLock
  readonly session: SurveyedHolder | SurveyedWaiter
  /** When it was seen, on the clock of the pictures. */
  readonly atMs: number
}

/** What has changed from one picture to the next: what ended first, then what began. */
export function changes(before: Picture | null, after: Picture): Change[] {
  const old = new Map(before?.locks.map((lock) => [lock.key, lock]))
  const young = new Map(after.locks.map((lock) => [lock.key, lock]))
  const { atMs } = after
  return [
    ...[...old.values()].flatMap((lock) => endings(lock, young.get(lock.key), atMs)),
    ...after.locks.flatMap((lock) => beginnings(lock, old.get(lock.key), atMs)),
  ]
}

function endings(was: WatchedLock, is: WatchedLock | undefined, atMs: number): Change[] {
  const found: Change[] = []
  const { holder } = was
  if (holder !== null && is?.holder?.sessionId !== holder.sessionId) {
    found.push({ what: 'released', lock: was, session: holder, atMs })
  }
  for (const waiter of was.waiters) {
    const isThere = is?.waiting.has(waiter.sessionId) === true || is?.holder?.sessionId === waiter.sessionId
    if (!isThere) found.push({ what: 'left', lock: was, session: waiter, atMs })
  }
  return found
}

function beginnings(is: WatchedLock, was: WatchedLock | undefined, atMs: number): Change[] {
  const found: Change[] = []
  const { holder } = is
  if (holder !== null && was?.holder?.sessionId !== holder.sessionId) {
    found.push({ what: is.held?.orBefore === true ? 'held' : 'taken', lock: is, session: holder, atMs })
  }
  for (const waiter of is.waiters) {
    if (was?.waiting.has(waiter.sessionId) !== true) found.push({ what: 'waiting', lock: is, session: waiter, atMs })
  }
  return found
}

/** `taken     user:42  session 12 (shop-1:4711, app@10.0.0.7)` */
export function describeChange({ what, lock, session, atMs }: Change): string {
  const { held, waited } = timedByWatch(lock, atMs)
  const span = what === 'waiting' || what === 'left' ? waited.get(session.sessionId) : held
  const lasted = what === 'taken' || span === undefined || span.ms === 0 ? '' : ` for ${describeSpan(span)}`
  const mark = lock.isOurs === 'unknown' ? UNKNOWN_MARK : ''
  return `${what.padEnd(8)}  ${mark}${printable(lock.name ?? lock.key)}  ${describeSession(session)}${lasted}`
}
