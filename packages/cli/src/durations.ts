import { InvalidArgumentError, Option } from 'commander'
import ms, { type StringValue } from 'ms'

/** What a duration looks like, for help texts. */
export const DURATION_FORMS = '500ms, 30s, 5m, 1h, 2d, a plain number of seconds, or infinity'

const PLAIN_NUMBER = /^(\d+\.?\d*|\.\d+)$/
const WITH_UNIT = /^(\d+\.?\d*|\.\d+) ?[a-z]+$/i

/** A duration as `timeout(1)` takes it, in milliseconds. @throws {InvalidArgumentError} for what is none */
export function parseDuration(text: string): number {
  if (PLAIN_NUMBER.test(text)) return Number(text) * 1_000
  if (/^inf(inity)?$/i.test(text)) return Infinity
  const parsed = WITH_UNIT.test(text) ? ms(text as StringValue) : undefined
  if (parsed === undefined) throw new InvalidArgumentError(`Expected ${DURATION_FORMS}.`)
  return parsed
}

/** The same for what has to last. @throws {InvalidArgumentError} */
export function parsePositiveDuration(text: string): number {
  const duration = parseDuration(text)
  if (duration === 0) throw new InvalidArgumentError('Expected more than 0.')
  return duration
}

/** An option that takes a duration; its value is in milliseconds. */
export function durationOption(flags: string, description: string): Option {
  return new Option(flags, description).argParser(parseDuration)
}
