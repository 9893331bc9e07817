import type { Operation } from './operation.js'
import { repeatedReads, startOf, type RunResult } from './run-result.js'
import type { Paint } from './screen.js'
import { cellAt, type TimeScale } from './time-scale.js'

const INSIDE = '█'
/** Half a cell, so that a bar that follows at once is seen to be another one. */
const INSIDE_END = '▌'
const WAITING = '░'
const OVERLAP = '▲'
const LOST = '✗'

const COLOURS = ['Cyan', 'Yellow', 'Magenta', 'Green', 'Blue']

/** What one cell shows, and how. */
interface Cell {
  char: string
  kind: 'inside' | 'label' | 'lost' | 'idle' | 'waiting'
}

/** Columns that the names of the rows take. */
export const NAME_COLUMNS = 14

/** One row for each process from the start of the run on, an axis, and a row that marks where they were at it at once. */
export function timeline(result: RunResult, scale: TimeScale, paint: Paint): string {
  const start = startOf(result)
  const lost = repeatedReads(result)
  const rows = result.processes.map((operations) => cellsOf(operations, start, lost, scale))
  const overlap = Array.from({ length: scale.cells }, (_, index) => rows.filter((row) => isInside(row[index])).length > 1)
  const marks = overlap.map((isOverlap) => (isOverlap ? OVERLAP : ' ')).join('')
  return [
    line('', paint('dim', axis(scale))),
    ...rows.map((cells, index) => line(`process ${index + 1}`, painted(cells, index, paint))),
    line('at once', overlap.includes(true) ? paint('red', marks) : paint('green', 'never')),
  ].join('\n')
}

/** What the signs mean. */
export function legend(paint: Paint): string {
  return [
    `${INSIDE} a process is at work: 7→8 means that it read 7 and wrote 8      ${paint('dim', WAITING)} it waits for its turn`,
    `${paint('red', OVERLAP)} two or more were at it at once      ${paint('red', LOST)} it read what another had read already: one of the two is lost`,
  ].join('\n')
}

function line(name: string, content: string): string {
  return `  ${name.padEnd(NAME_COLUMNS - 2)}${content}`.trimEnd()
}

function isInside(cell: Cell | undefined): boolean {
  return cell !== undefined && cell.kind !== 'idle' && cell.kind !== 'waiting'
}

function cellsOf(operations: readonly Operation[], start: number, lost: Set<Operation>, scale: TimeScale): Cell[] {
  const cells: Cell[] = Array.from({ length: scale.cells }, () => ({ char: ' ', kind: 'idle' }))
  for (const operation of operations) {
    const [asked, entered, committed] = [operation.askedAt, operation.enteredAt, operation.committedAt].map((at) =>
      cellAt(at - start, scale),
    ) as [number, number, number]
    const wait: Cell[] = Array.from({ length: entered - asked }, () => ({ char: WAITING, kind: 'waiting' }))
    const bar = barOf(operation, committed - entered, lost.has(operation))
    cells.splice(asked, wait.length, ...wait)
    cells.splice(entered, bar.length, ...bar)
  }
  return cells.slice(0, scale.cells)
}

/** A bar with as much of its meaning on it as there is room for. */
function barOf({ read }: Operation, length: number, isLost: boolean): Cell[] {
  if (length === 0) return []
  const room = length - 1
  const mark = isLost ? LOST : ''
  const text = [`${read}→${read + 1}`, `${read}`, ''].find((candidate) => candidate.length + mark.length <= room) ?? ''
  const label = [...text].map((char): Cell => ({ char, kind: 'label' }))
  if (isLost) label.push({ char: LOST, kind: 'lost' })
  const rest = Array.from({ length: Math.max(0, room - label.length) }, (): Cell => ({ char: INSIDE, kind: 'inside' }))
  return [...label, ...rest, { char: INSIDE_END, kind: 'inside' } satisfies Cell].slice(0, length)
}

function painted(cells: readonly Cell[], process: number, paint: Paint): string {
  const colour = COLOURS[process % COLOURS.length] as string
  const styles = {
    inside: colour.toLowerCase(),
    label: ['black', `bg${colour}`],
    lost: ['whiteBright', 'bgRed'],
    waiting: 'dim',
  }
  let text = ''
  for (let index = 0; index < cells.length; ) {
    const { kind } = cells[index] as Cell
    let run = ''
    while (cells[index]?.kind === kind) run += cells[index++]?.char
    text += kind === 'idle' ? run : paint(styles[kind], run)
  }
  return text
}

function axis(scale: TimeScale): string {
  let text = ''
  for (let at = 0; at < scale.windowMs; at += scale.tickMs) {
    const label = at === 0 ? '0 ms' : `${at}`
    const column = cellAt(at, scale)
    if (column + label.length <= scale.cells) text = text.padEnd(column) + label
  }
  return text
}
