import { LockDeadlockError, LockFailedError } from '../errors.js'
import type { Refusal } from './dialect.js'
import { serverErrno } from './sql-errors.js'

/** What an error in answer to GET_LOCK is told as. @param refusal what the dialect makes of it */
export function grantFailure(error: unknown, refusal: Refusal): LockDeadlockError | LockFailedError {
  if (error instanceof LockFailedError) return error
  if (refusal === 'deadlock') {
    return new LockDeadlockError(
      'The server refused it, since sessions would wait for each other; the transaction may be tried again',
      { cause: error },
    )
  }
  return new LockFailedError(describeFailure(error, refusal), { cause: error })
}

function describeFailure(error: unknown, refusal: Refusal): string {
  if (serverErrno(error) === undefined) return 'The driver gave up on GET_LOCK before the server answered'
  if (refusal === 'interrupted') return 'The wait was ended on the server (KILL QUERY?)'
  return 'The server could not answer GET_LOCK'
}
