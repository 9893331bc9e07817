import type { NotHere, Way, WayContext } from './way.js'

/** Tries the ways in their order; that none applies is an error that tells why of each. */
export async function firstFound<Kind extends string, Found extends object>(
  kind: Kind,
  context: WayContext,
  ways: readonly Way<Kind, Found>[],
): Promise<Found> {
  const tried: string[] = []
  for (const way of ways) {
    const answer: Found | NotHere = await way.find(kind, context)
    if (!('reason' in answer)) return answer
    tried.push(`- ${way.description(kind)}: ${answer.reason}`)
  }
  throw new Error([`no ${kind} to be had; tried were`, ...tried].join('\n'))
}
