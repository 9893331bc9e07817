/** How often something failed, by what its error says it was. */
export type Failures = Record<string, number>

export function countFailure(failures: Failures, error: unknown): void {
  const { code, name } = (error ?? {}) as { code?: unknown; name?: unknown }
  const key = String(code ?? name ?? error)
  failures[key] = (failures[key] ?? 0) + 1
}

export function sumOfFailures(failures: Failures): number {
  return Object.values(failures).reduce((sum, count) => sum + count, 0)
}
