import type { RunResult } from './run-result.js'

/** Where a moment is on a timeline. */
export interface TimeScale {
  cells: number
  windowMs: number
  /** Distance of the marks on the axis. */
  tickMs: number
}

/** A bar of this many cells has room for what it stands for, such as `9→10✗`. */
const CELLS_PER_OPERATION = 9
const ROUND_WINDOWS_MS = [20, 30, 40, 50, 60, 80]
const ROUND_TICKS_MS = [1, 2, 5]
/** So that the numbers on the axis stand apart. */
const CELLS_PER_TICK = 10

/** The same scale for all runs, so that they can be compared: operations are wide enough to be told apart. */
export function timeScaleFor(results: readonly RunResult[], cells: number): TimeScale {
  const operations = results.flatMap(({ processes }) => processes.flat())
  const lengths = operations.map(({ enteredAt, committedAt }) => committedAt - enteredAt).toSorted((a, b) => a - b)
  const median = lengths[Math.floor(lengths.length / 2)] ?? 0
  const windowMs = roundUp((median / CELLS_PER_OPERATION) * cells, ROUND_WINDOWS_MS)
  return { cells, windowMs, tickMs: roundUp((CELLS_PER_TICK / cells) * windowMs, ROUND_TICKS_MS) }
}

/** The smallest of the round numbers, or of them times 10, 100, …, that is not below the value. */
function roundUp(value: number, round: readonly number[]): number {
  for (let factor = 1; ; factor *= 10) {
    const found = round.find((candidate) => candidate * factor >= value)
    if (found !== undefined) return found * factor
  }
}

/**
 * The border between two cells that is nearest to a moment. As it never falls while time rises, what does not overlap in
 * time does not share a cell either.
 */
export function cellAt(sinceStartMs: number, { cells, windowMs }: TimeScale): number {
  return Math.round((sinceStartMs / windowMs) * cells)
}
