import assert from 'node:assert/strict'
import type { Finding } from '../../dist/doctor/check.js'
import { cli } from '../cli.js'

/** What `ormutex doctor` found. */
export interface Examined {
  readonly code: number | null
  readonly green: boolean
  readonly complete: boolean
  readonly server: { readonly product: string; readonly version: string } | null
  /** By id. */
  readonly findings: ReadonlyMap<string, Finding>
  /** All that was written, to both streams. */
  readonly output: string
}

/** Runs the doctor on what a URL leads to. */
export async function examined(url: string, ...args: string[]): Promise<Examined> {
  const { code, stdout, stderr } = await cli(['doctor', '--json', ...args], { env: { DATABASE_URL: url } })
  assert.equal(stderr, '')
  const { findings, ...report } = JSON.parse(stdout) as Omit<Examined, 'findings'> & { readonly findings: Finding[] }
  assert.equal(code, report.green ? 0 : 1)
  return { ...report, code, output: stdout, findings: new Map(findings.map((finding) => [finding.id, finding])) }
}

/** That a check came out so, in the words that matter. */
export function found(
  { findings, output }: Examined,
  id: string,
  level: Finding['level'],
  pattern: RegExp = /./,
): void {
  const finding = findings.get(id)
  assert.equal(finding?.level, level, `${id}: ${finding?.detail ?? output}`)
  assert.match(`${finding.detail} ${finding.advice ?? ''}`, pattern)
}

/** The ids of what is red. */
export function redOnes({ findings }: Examined): string[] {
  return [...findings.values()].flatMap(({ id, level }) => (level === 'fail' ? [id] : []))
}
