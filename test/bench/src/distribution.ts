import { build } from 'hdr-histogram-js'

const NANOSECONDS_PER_MS = 1e6

/** How values are distributed: percentiles, in the unit of the values. */
export interface Distribution {
  p50: number
  p99: number
  max: number
}

/** @param valuesMs milliseconds; three digits of each are kept, down to a nanosecond */
export function distributionOf(valuesMs: Iterable<number>): Distribution {
  const histogram = build({ bitBucketSize: 64, numberOfSignificantValueDigits: 3, autoResize: true })
  for (const value of valuesMs) histogram.recordValue(Math.max(1, Math.round(value * NANOSECONDS_PER_MS)))
  const at = (percentile: number): number => histogram.getValueAtPercentile(percentile) / NANOSECONDS_PER_MS
  const max = histogram.maxValue / NANOSECONDS_PER_MS
  // A percentile is the upper end of its step, which may be beyond.
  return { p50: at(50), p99: Math.min(at(99), max), max }
}
