/** Milliseconds, in fractions, on a clock that all processes of one machine share to within some microseconds. */
export function now(): number {
  return performance.timeOrigin + performance.now()
}
