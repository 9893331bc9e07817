import type { Diagnosis } from './examine.js'

/** Warnings are allowed. */
export function isGreen({ findings }: Pick<Diagnosis, 'findings'>): boolean {
  return findings.every(({ level }) => level !== 'fail')
}
