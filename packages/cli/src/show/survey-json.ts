import type { SurveyedHolder, SurveyedWaiter } from '@ormutex/core/sql'
import type { LockView } from './lock-view.js'

/** Grows when something in `SurveyJson` changes its meaning or is gone; what is added does not count. */
const VERSION = 1

/** What `ormutex ls --json` prints. `null`: not known. Times are lower bounds, in milliseconds. */
export interface SurveyJson {
  readonly version: typeof VERSION
  readonly namespace: string
  /** Whether locks of other namespaces are listed, too. */
  readonly all: boolean
  /** ISO 8601, by the clock of this machine. */
  readonly seenAt: string
  readonly locks: readonly LockJson[]
  /** Not among those, but perhaps what was looked for: see `namesakes` and `strangers`. */
  readonly elsewhere: readonly LockJson[]
  /** What cannot be known, and why, in sentences. */
  readonly hidden: readonly string[]
}

export interface LockJson {
  readonly name: string | null
  readonly key: string
  readonly namespace: string | null
  readonly isOfNamespace: 'yes' | 'no' | 'unknown'
  readonly holder: (SessionJson & { readonly heldMs: number | null }) | null
  readonly waiters: readonly (SessionJson & { readonly waitedMs: number | null })[]
}

export interface SessionJson {
  readonly sessionId: string
  readonly user: string | null
  readonly host: string | null
  readonly label: string | null
}

/** Statements are left out: they may hold values. */
export function surveyJson(
  { locks, elsewhere }: { readonly locks: readonly LockView[]; readonly elsewhere: readonly LockView[] },
  { seenAt, ...rest }: Pick<SurveyJson, 'namespace' | 'all' | 'hidden'> & { readonly seenAt: Date },
): string {
  const json: SurveyJson = {
    version: VERSION,
    namespace: rest.namespace,
    all: rest.all,
    seenAt: seenAt.toISOString(),
    locks: locks.map(lockJson),
    elsewhere: elsewhere.map(lockJson),
    hidden: rest.hidden,
  }
  // JSON lets these stand as they are, and some terminals obey them.
  return JSON.stringify(json, undefined, 2).replaceAll(
    /[\u{7f}-\u{9f}]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

function lockJson({ name, key, namespace, isOurs, holder, waiters }: LockView): LockJson {
  return {
    name: name ?? null,
    key,
    namespace: namespace ?? null,
    isOfNamespace: isOurs,
    holder: holder === null ? null : { ...sessionJson(holder), heldMs: wholeMs(holder.heldMs) },
    waiters: waiters.map((waiter) => ({ ...sessionJson(waiter), waitedMs: wholeMs(waiter.waitedMs) })),
  }
}

function sessionJson({ sessionId, user, host, label }: SurveyedHolder | SurveyedWaiter): SessionJson {
  return { sessionId, user: user ?? null, host: host ?? null, label: label ?? null }
}

function wholeMs(ms: number | undefined): number | null {
  return ms === undefined ? null : Math.floor(ms)
}
