import { readFile } from 'node:fs/promises'
import type { HistoryEvent } from './events.js'

const SHOWN_CHARACTERS = 120

/** Merges what several processes have written, each to a file of its own, into one history. */
export async function readHistory(paths: readonly string[]): Promise<HistoryEvent[]> {
  const files = await Promise.all(paths.map(async (path) => parseEvents(await readFile(path, 'utf8'), path)))
  return mergeEvents(files)
}

/** In order of time; events of the same moment stay in the order in which they were given. */
export function mergeEvents(files: readonly (readonly HistoryEvent[])[]): HistoryEvent[] {
  return files.flat().toSorted((a, b) => a.at - b.at)
}

/**
 * One event a line. A writer that was killed leaves half a line, which no line follows and no line break ends: that is
 * no event. Half a line anywhere else would be a loss of events, and is an error.
 * @param file for the error's message
 */
export function parseEvents(text: string, file: string): HistoryEvent[] {
  const lines = text.split('\n')
  const unterminated = lines.pop()!
  const events = lines.map((line, index) => eventOf(line, `${file}:${index + 1}`))
  if (parsed(unterminated) !== undefined) events.push(eventOf(unterminated, `${file}:${lines.length + 1}`))
  return events
}

function eventOf(line: string, where: string): HistoryEvent {
  const value = parsed(line) as Partial<HistoryEvent> | null | undefined
  if (typeof value?.type !== 'string' || !Number.isFinite(value.at) || !Number.isInteger(value.pid))
    throw new Error(`${where}: expected an event with type, at and pid, got ${line.slice(0, SHOWN_CHARACTERS)}`)
  return value as HistoryEvent
}

/** Undefined for what is no JSON, or not all of it. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
