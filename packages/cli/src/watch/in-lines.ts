import { describeDuration, printable } from '@ormutex/core'
import { describeError } from '../describe-error.js'
import { print, say } from '../output.js'
import { redact } from '../secrets.js'
import { changes, describeChange } from './changes.js'
import { Ending } from './ending.js'
import { type Sight, sights, type Watching } from './sights.js'

/** A line for each change, until a signal ends it. @returns the exit code */
export async function watchInLines(watching: Watching): Promise<number> {
  const ending = new Ending()
  let before: Sight | null = null
  let isPlaceKnown = false
  try {
    for await (const sight of sights(watching, ending.signal)) {
      for (const line of linesOf(before, sight)) print(`${new Date().toISOString()}  ${line}`)
      // Once: on a log's every line it would say nothing new.
      if (before === null) for (const sentence of sight.hidden) say(sentence)
      // Once, too, and not to those who have seen locks of their own.
      if (!isPlaceKnown && sight.elsewhere !== undefined) say(sight.elsewhere)
      isPlaceKnown ||= sight.elsewhere !== undefined || hasOwn(sight)
      before = sight
    }
  } finally {
    ending.dispose()
  }
  return ending.exitCode
}

function hasOwn({ picture }: Sight): boolean {
  return picture?.locks.some(({ isOurs }) => isOurs === 'yes') === true
}

function linesOf(before: Sight | null, sight: Sight): string[] {
  const was = before?.trouble ?? null
  if (sight.trouble !== null) {
    const reason = printable(redact(describeError(sight.trouble.error)))
    return was === null ? [`away      the server does not answer: ${reason}`] : []
  }
  if (sight.picture === null) return []
  const back = was === null ? [] : [`back      after ${describeDuration(sight.picture.atMs - was.sinceMs)}`]
  return [...back, ...changes(before?.picture ?? null, sight.picture).map(describeChange)]
}
