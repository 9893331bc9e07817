/** How samples are distributed, in their unit: each figure is one of the samples. */
export interface Distribution {
  readonly count: number
  readonly p50: number
  readonly p99: number
  readonly worst: number
}

/** Undefined for no samples. */
export function distributionOf(samples: readonly number[]): Distribution | undefined {
  if (samples.length === 0) return undefined
  const sorted = samples.toSorted((a, b) => a - b)
  // The least sample that at least that share of all does not exceed.
  const at = (share: number): number => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]!
  return { count: sorted.length, p50: at(0.5), p99: at(0.99), worst: sorted.at(-1)! }
}
