import type { Way } from '@ormutex-test/demo/increment'
import type { Operation } from '@ormutex-test/demo/operation'
import type { RunResult } from '@ormutex-test/demo/run-result'
import type { Paint } from '@ormutex-test/demo/screen'

/** No colours, as for a file. */
export const plain: Paint = (_style, text) => text

/** Any moment: only distances from the first one may matter. */
const START = 4_712_345.25

/** An operation at these milliseconds of its run. */
export function operation(asked: number, entered: number, committed: number, read: number): Operation {
  return { askedAt: START + asked, enteredAt: START + entered, committedAt: START + committed, read }
}

export function result(way: Way, balance: number, ...processes: Operation[][]): RunResult {
  return { way, balance, processes, names: processes.map((_, index) => `process ${index + 1}`) }
}

/** Both processes read 0; the second one's update is the one that stays. */
export const withoutLock = result(
  'without lock',
  2,
  [operation(0, 0, 10, 0), operation(10, 10, 20, 1)],
  [operation(2, 2, 12, 0)],
)

/** They take turns. */
export const withLock = result(
  'with lock',
  3,
  [operation(0, 0, 10, 0), operation(10, 20, 30, 2)],
  [operation(2, 10, 20, 1)],
)
