import type { SurveyedWaiter } from '@ormutex/core/sql'
import type { Span, TimedLock } from '../show/lock-lines.js'
import type { LockView } from '../show/lock-view.js'

/** What one look at the server has shown, together with what earlier looks tell about it. */
export interface Picture {
  /** On a clock that is never set. */
  readonly atMs: number
  readonly locks: readonly WatchedLock[]
  /** Whether the server showed every lock that was held. */
  readonly isComplete: boolean
  /** Keys that it was asked for, and so would have shown in any case. */
  readonly asked: ReadonlySet<string>
}

export interface WatchedLock extends LockView {
  /** Since when the holder has it. */
  readonly held: Since | undefined
  /** Since when each session waits. */
  readonly waiting: ReadonlyMap<string, Since>
}

/** On the same clock as `atMs`. */
export interface Since {
  readonly ms: number
  /** Or longer: it had begun before it was seen. */
  readonly orBefore: boolean
}

/** What one look has shown by itself. */
export type Seen = Omit<Picture, 'locks'> & { readonly locks: readonly LockView[] }

/**
 * A picture from what was just seen and the one before.
 * @param before `null` at the first look and after one that failed: then nothing was seen to begin
 */
export function picture(seen: Seen, before: Picture | null): Picture {
  const known = new Map(before?.locks.map((lock) => [lock.key, lock]))
  return { ...seen, locks: seen.locks.map((lock) => watched(lock, seen.atMs, known.get(lock.key), before)) }
}

/** A lock as it is at a time, which may be later than the picture. */
export function timedByWatch(lock: WatchedLock, nowMs: number): TimedLock {
  const span = ({ ms, orBefore }: Since): Span => ({ ms: Math.max(0, nowMs - ms), isLowerBound: orBefore })
  return {
    ...lock,
    held: lock.held === undefined ? undefined : span(lock.held),
    waited: new Map([...lock.waiting].map(([sessionId, since]) => [sessionId, span(since)])),
  }
}

function watched(lock: LockView, atMs: number, was: WatchedLock | undefined, before: Picture | null): WatchedLock {
  return {
    ...lock,
    held: heldSince(lock, atMs, was, before),
    waiting: new Map(lock.waiters.map((waiter) => [waiter.sessionId, waitingSince(waiter, atMs, was, before)])),
  }
}

function heldSince(
  { key, holder }: LockView,
  atMs: number,
  was: WatchedLock | undefined,
  before: Picture | null,
): Since | undefined {
  if (holder === null) return undefined
  const toldMs = atMs - (holder.heldMs ?? 0)
  if (before === null) return { ms: toldMs, orBefore: true }
  if (was?.holder?.sessionId === holder.sessionId && was.held !== undefined) return earlier(was.held, toldMs)
  // Where not all is shown, a lock may come into sight long after it was taken.
  const wasSeenTaken = before.isComplete || before.asked.has(key) || (was !== undefined && was.holder !== null)
  return wasSeenTaken ? { ms: Math.max(toldMs, before.atMs), orBefore: false } : { ms: toldMs, orBefore: true }
}

function waitingSince(
  waiter: SurveyedWaiter,
  atMs: number,
  was: WatchedLock | undefined,
  before: Picture | null,
): Since {
  const toldMs = atMs - (waiter.waitedMs ?? 0)
  if (before === null) return { ms: toldMs, orBefore: true }
  const since = was?.waiting.get(waiter.sessionId)
  return since === undefined ? { ms: Math.max(toldMs, before.atMs), orBefore: false } : earlier(since, toldMs)
}

/** What was seen to begin has its time; of what had begun before, the server may know better. */
function earlier(since: Since, toldMs: number): Since {
  return since.orBefore ? { ms: Math.min(since.ms, toldMs), orBefore: true } : since
}
