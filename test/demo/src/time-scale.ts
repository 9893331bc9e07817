import { durationMs, type RunResult } from './run-result.js'

/** Where a moment is on a timeline. */
export interface TimeScale {
  cells: number
  windowMs: number
  /** Distance of the marks on the axis. */
  tickMs: number
}

/** What a bar needs for its numbers, such as `9→10✗`, and what it can do with where others are much longer. */
const CELLS_PER_OPERATION = { good: 9, least: 5 }
const ROUND_WINDOWS_MS = [10, 15, 20, 30, 40, 50, 60, 80]
const ROUND_TICKS_MS = [1, 2, 5]
/** So that the numbers on the axis stand apart. */
const CELLS_PER_TICK = 10

/**
 * The same scale for all runs, so that they can be compared: where operations are short they can be told apart, and where
 * they are long one sees the end of them, as far as both are possible.
 */
export function timeScaleFor(results: readonly RunResult[], cells: number): TimeScale {
  const usual = results.map(usualLengthMs)
  const window = (cellsPerOperation: number): number => (Math.min(...usual) / cellsPerOperation) * cells
  const twoOfTheLongest = 2 * Math.max(...usual)
  const best = Math.max(window(CELLS_PER_OPERATION.good), Math.min(twoOfTheLongest, window(CELLS_PER_OPERATION.least)))
  const windowMs = roundUp(Math.min(best, Math.max(...results.map(durationMs))), ROUND_WINDOWS_MS)
  return { cells, windowMs, tickMs: roundUp((CELLS_PER_TICK / cells) * windowMs, ROUND_TICKS_MS) }
}

/** The median: a single long one does not count. */
function usualLengthMs({ processes }: RunResult): number {
  const lengths = processes.flat().map(({ enteredAt, committedAt }) => committedAt - enteredAt)
  return lengths.toSorted((a, b) => a - b)[Math.floor(lengths.length / 2)] ?? 0
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
