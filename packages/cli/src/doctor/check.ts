import type { Patient } from './patient.js'

/** `ok` and `warn` leave the whole green, `fail` makes it red. */
export type Level = 'ok' | 'warn' | 'fail'

/** What came out of a check. */
export interface Verdict {
  readonly level: Level
  /** What was found, and why that matters to locks. Plain words on one line, wrapped by whoever prints it. */
  readonly detail: string
  /** What to do about it. */
  readonly advice?: string
  /** What was measured, in milliseconds. */
  readonly figures?: Readonly<Record<string, number>>
}

/** One line of the doctor's report. */
export interface Finding extends Verdict {
  /** Stable, for programs: `idle-timeout`. */
  readonly id: string
  /** For people: `Idle timeout`. */
  readonly title: string
}

/** One question to the server. Asking and judging are apart, so that every judgement can be had without a server. */
export interface Check<Answer> {
  readonly id: string
  readonly title: string
  /** Rejects when the server does not answer; that the account may not know is an answer, too. */
  ask(patient: Patient): Promise<Answer> | Answer
  /** `undefined` where there is nothing to say. */
  judge(answer: Answer): Verdict | undefined
}

/** A check with its answer's type out of sight, so that checks of all kinds go into one list. */
export interface Examiner {
  readonly id: string
  readonly title: string
  readonly examine: (patient: Patient) => Promise<Finding | undefined>
}

export function examiner<Answer>({ id, title, ...check }: Check<Answer>): Examiner {
  return {
    id,
    title,
    async examine(patient) {
      const verdict = check.judge(await check.ask(patient))
      return verdict && { id, title, ...verdict }
    },
  }
}

type More = Pick<Verdict, 'advice' | 'figures'>

export const ok = (detail: string, more?: More): Verdict => ({ level: 'ok', detail, ...more })
export const warn = (detail: string, more?: More): Verdict => ({ level: 'warn', detail, ...more })
export const fail = (detail: string, more?: More): Verdict => ({ level: 'fail', detail, ...more })
