import { describeError } from '../describe-error.js'

/** What an error says, with one full stop. */
export function sentenceOf(error: unknown): string {
  return `${describeError(error).replace(/\.$/, '')}.`
}
