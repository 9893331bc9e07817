import type { Diagnosis } from './examine.js'
import { isGreen } from './is-green.js'

/** What `ormutex doctor --json` prints. Fields may be added; `version` grows when one changes its meaning. */
export function reportJson(target: string, diagnosis: Diagnosis): object {
  const { facts, findings, isComplete } = diagnosis
  return {
    version: 1,
    green: isGreen(diagnosis),
    complete: isComplete,
    target,
    server: facts === undefined ? null : { product: facts.product, version: facts.version },
    findings: findings.map(({ figures, ...finding }) => ({
      ...finding,
      ...(figures !== undefined && { figures: rounded(figures) }),
    })),
  }
}

/** To microseconds: a clock is not better than that. */
function rounded(figures: Readonly<Record<string, number>>): object {
  return Object.fromEntries(Object.entries(figures).map(([name, value]) => [name, Number(value.toFixed(3))]))
}
