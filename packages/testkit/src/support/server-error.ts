import type { Harness } from '../harness.js'

/** What the server said, behind whatever the ORM makes of it. */
export function serverErrorOf<Tx>(
  harness: Harness<Tx>,
  error: unknown,
): { readonly errno?: unknown; readonly code?: unknown } {
  return (harness.driverError?.(error) ?? error) as { errno?: unknown; code?: unknown }
}
