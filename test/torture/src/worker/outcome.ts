import { OrmutexError } from '@ormutex/core'

/** Ends a section on purpose. */
export class Thrown extends Error {
  readonly code = 'THROWN'
}

/** Ends a section whose token is older than the row's. */
export class Fenced extends Error {
  readonly code = 'FENCED'
}

/** The reason of every abort. */
export class Aborted extends Error {
  readonly code = 'ABORTED'
}

/** Of a try, when the lock is taken. */
export class NotAcquired extends Error {
  readonly code = 'NOT_ACQUIRED'
}

/** What a call's error says about what was committed. */
export interface Outcome {
  readonly type: 'fail' | 'unknown'
  readonly code: string
  readonly message: string
}

/**
 * @param sentOwnCommit whether a COMMIT of the ORM's own may have been sent: then only the library's errors tell more than the ORM's
 */
export function outcomeOf(error: unknown, sentOwnCommit: boolean): Outcome {
  const code = codeOf(error)
  const message = error instanceof Error ? error.message : String(error)
  const isUnknown = code === 'COMMIT_UNKNOWN' || (sentOwnCommit && !(error instanceof OrmutexError))
  return { type: isUnknown ? 'unknown' : 'fail', code, message }
}

export function isAbout(error: unknown, code: string): boolean {
  return error instanceof OrmutexError && error.code === code
}

function codeOf(error: unknown): string {
  const { code, original, name } = error as { code?: string; original?: { code?: string }; name?: string }
  return code ?? original?.code ?? name ?? 'ERROR'
}
