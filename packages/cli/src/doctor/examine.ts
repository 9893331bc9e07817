import { isConnectionGone, type ServerFacts } from '@ormutex/core/sql'
import { CliError } from '../cli-error.js'
import { type Admission, admit } from './admit.js'
import { type Examiner, fail, type Finding, type Verdict } from './check.js'
import { LOOKS, TRIALS } from './checks/index.js'
import { proxy } from './checks/proxy.js'
import { server } from './checks/server.js'
import { connectionRefusal } from './connection-refusal.js'
import { Deadline, DeadlineError } from './deadline.js'
import type { Patient } from './patient.js'
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
  /** Whether every check was made: not where the server went silent or away or cannot have locks, nor where sessions are split. */
  readonly isComplete: boolean
}

/** Makes every check on a server, and leaves nothing behind: all its connections are closed, and its locks with them. */
export async function examine(options: ExamineOptions): Promise<Diagnosis> {
  const examination = new Examination(options)
  try {
    const patient = await examination.admit()
    const isComplete = patient !== undefined && (await examination.makeAll(patient))
    return { facts: patient?.facts, findings: examination.findings, isComplete }
  } finally {
    examination.end()
  }
}

const UNUSUAL = 'Neither MySQL nor MariaDB answers so: see whether what is in between passes everything on.'

class Examination {
  readonly findings: Finding[] = []
  readonly #options: ExamineOptions
  readonly #deadline: Deadline

  constructor(options: ExamineOptions) {
    this.#options = options
    this.#deadline = new Deadline(options.timeoutMs)
  }

  async admit(): Promise<Patient | undefined> {
    try {
      return await this.#deadline.race(admit(this.#options))
    } catch (error) {
      if (error instanceof CliError) throw error
      const verdict = error instanceof DeadlineError ? this.#silence() : connectionRefusal(this.#options.target, error)
      this.#report({ id: 'connection', title: 'Connection', ...verdict })
      return undefined
    }
  }

  /** @returns whether all of them were made */
  async makeAll(patient: Patient): Promise<boolean> {
    if (!(await this.#make(LOOKS, patient))) return false
    // A lock that is taken through a proxy which splits sessions may stay on one that nobody gets back to.
    const isSplit = this.findings.some(({ id, level }) => id === proxy.id && level === 'fail')
    return !isSplit && this.#make(TRIALS, patient)
  }

  end(): void {
    this.#deadline.clear()
    this.#options.sessions.closeAll()
  }

  async #make(checks: readonly Examiner[], patient: Patient): Promise<boolean> {
    for (const { id, title, examine: ask } of checks) {
      try {
        const finding = await this.#deadline.race(ask(patient))
        this.#report(finding)
        // Nothing else is as it is elsewhere on a server that only speaks like one of ours.
        if (id === server.id && finding?.level === 'fail') return false
      } catch (error) {
        const isSilent = error instanceof DeadlineError
        const verdict = isSilent ? this.#silence() : fail(`It failed: ${sentenceOf(error)}`, { advice: UNUSUAL })
        this.#report({ id, title, ...verdict })
        if (isSilent || isConnectionGone(error)) return false
      }
    }
    return true
  }

  #silence(): Verdict {
    return fail(`No answer within ${this.#options.timeoutMs / 1_000} s.`, {
      advice: 'Look at the server and at what is in between, or allow more with --timeout.',
    })
  }

  #report(finding: Finding | undefined): void {
    if (finding === undefined) return
    this.findings.push(finding)
    this.#options.onFinding?.(finding)
  }
}
