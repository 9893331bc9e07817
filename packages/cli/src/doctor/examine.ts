import { isConnectionGone, type ServerFacts } from '@ormutex/core/sql'
import { type Admission, admit } from './admit.js'
import { fail, type Finding, type Verdict } from './check.js'
import { CHECKS } from './checks/index.js'
import { connectionRefusal } from './connection-refusal.js'
import { Deadline, DeadlineError } from './deadline.js'
import { sentenceOf } from './sentence-of.js'

export interface ExamineOptions extends Admission {
  /** For all of it, in milliseconds; `Infinity` for no limit. */
  readonly timeoutMs: number
  /** Called with each finding as soon as it is there. */
  readonly onFinding?: (finding: Finding) => void
}

export interface Diagnosis {
  /** `undefined` where nobody answered. */
  readonly facts: ServerFacts | undefined
  readonly findings: readonly Finding[]
  /** Whether every check was made: not where the server went silent, or away. */
  readonly isComplete: boolean
}

const UNUSUAL = 'Neither MySQL nor MariaDB answers so: see whether what is in between passes everything on.'

/** Makes every check on a server, and leaves nothing behind: all its connections are closed, and its locks with them. */
export async function examine({ timeoutMs, onFinding, ...admission }: ExamineOptions): Promise<Diagnosis> {
  const deadline = new Deadline(timeoutMs)
  const findings: Finding[] = []
  const report = (finding: Finding | undefined): void => {
    if (finding === undefined) return
    findings.push(finding)
    onFinding?.(finding)
  }
  const silence = (): Verdict =>
    fail(`No answer within ${timeoutMs / 1_000} s.`, {
      advice: 'Look at the server and at what is in between, or allow more with --timeout.',
    })
  let facts: ServerFacts | undefined
  try {
    const patient = await deadline.race(admit(admission)).catch((error: unknown) => {
      const verdict = error instanceof DeadlineError ? silence() : connectionRefusal(admission.target, error)
      report({ id: 'connection', title: 'Connection', ...verdict })
    })
    if (patient === undefined) return { facts, findings, isComplete: false }
    facts = patient.facts
    for (const { id, title, examine: examinePatient } of CHECKS) {
      try {
        report(await deadline.race(examinePatient(patient)))
      } catch (error) {
        const verdict =
          error instanceof DeadlineError
            ? silence()
            : fail(`It ended with an error: ${sentenceOf(error)}`, { advice: UNUSUAL })
        report({ id, title, ...verdict })
        if (error instanceof DeadlineError || isConnectionGone(error)) return { facts, findings, isComplete: false }
      }
    }
    return { facts, findings, isComplete: true }
  } finally {
    deadline.clear()
    admission.sessions.closeAll()
  }
}
