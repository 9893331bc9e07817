import { OrmutexError } from '@ormutex/core'

/** An error of the library or of the driver, for one line: with the driver's own words, which say more than a code does. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (error instanceof OrmutexError && error.cause instanceof Error) {
    return `${error.message}: ${messageOf(error.cause)}`
  }
  return messageOf(error)
}

/** Whether it is the database that has failed, and not this program. */
export function isOfDatabase(error: unknown): boolean {
  if (error instanceof OrmutexError) return true
  if (!(error instanceof Error)) return false
  const { code, errno, path, syscall } = error as NodeJS.ErrnoException
  // Of the system's errors, those of files and of processes are not the connection's.
  if (path !== undefined || /^(?:spawn|kill)/.test(syscall ?? '')) return false
  return typeof errno === 'number' || (typeof code === 'string' && !code.startsWith('ERR_'))
}

function messageOf(error: Error): string {
  // Several addresses of one host were tried.
  if (error instanceof AggregateError && error.message === '') {
    return error.errors.map((one: unknown) => (one instanceof Error ? one.message : String(one))).join(', ')
  }
  const { code } = error as NodeJS.ErrnoException
  // Locks belong to none, and who only looks at them may have a right on none.
  if (code === 'ER_DBACCESS_DENIED_ERROR')
    return `${error.message}; without a database, and with --namespace, it will do`
  // A driver's error may have a code and no message.
  return error.message === '' ? (code ?? error.name) : error.message
}
