import { describeValue } from './describe-value.js'
import { printable } from './printable.js'

/** Longest label, in characters: servers cap all connection attributes together, MySQL at 512 bytes by default. */
export const MAX_LABEL_LENGTH = 64

/** Refuses what is not a label: 1 to 64 characters that can be printed. */
export function checkLabel(value: unknown): string {
  if (typeof value !== 'string') throw new TypeError(`label must be a string, got ${describeValue(value)}`)
  if (value === '' || value.length > MAX_LABEL_LENGTH) {
    throw new RangeError(`label must have 1 to ${MAX_LABEL_LENGTH} characters, got ${value.length}`)
  }
  if (printable(value) !== value) {
    throw new TypeError('label must not hold control characters, line breaks or others that cannot be seen')
  }
  return value
}

/** The label of somebody else's session, as it may stand in a message: whoever can connect to the server chooses it. */
export function labelOfOthers(label: string): string {
  return Array.from(printable(label)).slice(0, MAX_LABEL_LENGTH).join('')
}
