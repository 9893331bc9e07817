import type { Way } from './increment.js'
import type { Operation } from './operation.js'

/** What came of one run. */
export interface RunResult {
  way: Way
  /** What the processes are called. */
  names: string[]
  /** What each process did, in order. */
  processes: Operation[][]
  /** The balance in the row at the end; it was 0 at the start. */
  balance: number
}

export function expectedBalance({ processes }: RunResult): number {
  return processes.reduce((sum, operations) => sum + operations.length, 0)
}

export function lostUpdates(result: RunResult): number {
  return expectedBalance(result) - result.balance
}

/** When the first process wanted to begin. */
export function startOf({ processes }: RunResult): number {
  return Math.min(...processes.flat().map(({ askedAt }) => askedAt))
}

/** From the first wish to begin to the last commit. */
export function durationMs(result: RunResult): number {
  return Math.max(...result.processes.flat().map(({ committedAt }) => committedAt)) - startOf(result)
}

/** When two or more processes were at work on the row at once, in order. */
export function overlaps({ processes }: RunResult): { from: number; to: number }[] {
  const changes = processes.flat().flatMap(({ enteredAt, committedAt }) => [
    { at: enteredAt, by: 1 },
    { at: committedAt, by: -1 },
  ])
  changes.sort((a, b) => a.at - b.at)
  const found: { from: number; to: number }[] = []
  let inside = 0
  let last = 0
  for (const { at, by } of changes) {
    if (inside > 1 && at > last) {
      const before = found.at(-1)
      if (before?.to === last) before.to = at
      else found.push({ from: last, to: at })
    }
    inside += by
    last = at
  }
  return found
}

/** For how long two or more processes were at work on the row at once. */
export function overlapMs(result: RunResult): number {
  return overlaps(result).reduce((sum, { from, to }) => sum + to - from, 0)
}

/** The operations that read what another one had read before them: of these two updates, one is lost. */
export function repeatedReads({ processes }: RunResult): Set<Operation> {
  const seen = new Set<number>()
  const repeated = new Set<Operation>()
  for (const operation of processes.flat().toSorted((a, b) => a.enteredAt - b.enteredAt)) {
    if (seen.has(operation.read)) repeated.add(operation)
    seen.add(operation.read)
  }
  return repeated
}
