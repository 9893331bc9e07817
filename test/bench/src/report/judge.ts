import type { Spread } from '../samples.js'
import { ratio, spreadText } from './figures.js'
import type { Result } from './section.js'

export type Limit = { most: number } | { least: number }

/** A ratio of medians against its limit. */
export function judgeRatio(orm: string, measured: Spread | undefined, limit: Limit): Result {
  return judge(orm, measured, limit, { format: ratio, by: (spread) => spread.median })
}

/**
 * A figure against its limit.
 *
 * @param format for a person
 * @param by which of the figures has to keep it, of the median and those of the rounds
 */
export function judge(
  orm: string,
  measured: Spread | undefined,
  limit: Limit,
  { format, by }: { format: (value: number) => string; by: (spread: Spread) => number },
): Result {
  if (measured === undefined) return { orm, found: 'not measured', isMet: false }
  const value = by(measured)
  const isMet = 'most' in limit ? value <= limit.most : value >= limit.least
  return { orm, found: spreadText(measured, format), isMet }
}

export function limitText(limit: Limit, format: (value: number) => string = ratio): string {
  return 'most' in limit ? `≤ ${format(limit.most)}` : `≥ ${format(limit.least)}`
}
