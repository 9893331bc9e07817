/** The server's number for an error, wherever the ORM and the driver keep it. */
export function serverErrnoOf(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null) return undefined
  const { errno, cause, original } = error as { errno?: unknown; cause?: unknown; original?: unknown }
  if (typeof errno === 'number') return errno
  return serverErrnoOf(original) ?? serverErrnoOf(cause)
}
