/** How often something failed, by what its error says it was. */
export type Failures = Record<string, number>

export function countFailure(failures: Failures, error: unknown): void {
  const { code, name } = (error ?? {}) as { code?: unknown; name?: unknown }
  const key = String(code ?? name ?? error)
  failures[key] = (failures[key] ?? 0) + 1
}

/** What they are called among other numbers of a measurement. */
export const FAILED = 'failed: '

export function failureValues(failures: readonly Failures[]): Record<string, number> {
  const values: Record<string, number> = {}
  for (const [reason, count] of failures.flatMap((one) => Object.entries(one))) {
    values[FAILED + reason] = (values[FAILED + reason] ?? 0) + count
  }
  return values
}

export function sumOfFailures(failures: Failures): number {
  return Object.values(failures).reduce((sum, count) => sum + count, 0)
}
