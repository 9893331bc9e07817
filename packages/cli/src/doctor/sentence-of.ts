import { describeError } from '../describe-error.js'
import { redact } from '../secrets.js'

/** What an error of the server's or the driver's says, with one full stop and without a password. */
export function sentenceOf(error: unknown): string {
  return `${redact(describeError(error)).replace(/\.$/, '')}.`
}
