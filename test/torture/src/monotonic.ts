/** Milliseconds on the machine's monotonic clock, which all its processes share; a jump of the wall clock does not move it. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6
}
