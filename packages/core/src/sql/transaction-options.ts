import { describeValue } from '../describe-value.js'
import { checkBoolean } from '../options.js'

/**
 * Refuses what is none of an ORM's words for an option of its transactions; undefined passes.
 *
 * @param option its name
 * @param value what a call was given
 * @param allowed the words
 * @throws {RangeError} for anything else
 */
export function checkOneOf(option: string, value: unknown, allowed: readonly string[]): void {
  if (value === undefined || allowed.some((word) => word === value)) return
  throw new RangeError(`${option} must be one of ${allowed.join(', ')}, got ${describeWord(value)}`)
}

/**
 * Refuses what is neither true nor false; undefined passes.
 *
 * @param option its name
 * @param value what a call was given
 * @throws {TypeError} for anything else
 */
export function checkFlag(option: string, value: unknown): void {
  if (value !== undefined) checkBoolean(option, value)
}

function describeWord(value: unknown): string {
  return typeof value === 'string' ? 'another word' : describeValue(value)
}
