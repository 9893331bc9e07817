interface Queries {
  query(...args: unknown[]): unknown
}

/**
 * Gives every statement of a mysql2 connection a limit, as some applications do: the driver has a `timeout` of a statement and none of a
 * connection.
 *
 * @param timeoutMs above 0
 */
export function limitQueries(connection: unknown, timeoutMs: number): void {
  const limited = connection as Queries
  const query = limited.query.bind(limited)
  limited.query = (sql, ...rest) =>
    query(typeof sql === 'string' ? { sql, timeout: timeoutMs } : limit(sql, timeoutMs), ...rest)
}

function limit(options: unknown, timeoutMs: number): unknown {
  const isOptions =
    typeof options === 'object' && options !== null && Object.getPrototypeOf(options) === Object.prototype
  return isOptions ? { timeout: timeoutMs, ...options } : options
}
