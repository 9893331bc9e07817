/**
 * Milliseconds, in fractions, on a clock that all processes of one machine share. It is the system's monotonic clock as it
 * is: `performance.timeOrigin` would put it right by a reading of each process's own start, which on a busy machine was
 * measured to be off by milliseconds, and turns then look like overlaps.
 */
export function now(): number {
  return Number(process.hrtime.bigint()) / 1e6
}
