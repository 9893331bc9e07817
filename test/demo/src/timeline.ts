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
const LOST_STYLE = ['whiteBright', 'bgRed']

/** One for each process, and from the start again when there are more of them. Black letters can be read on all of them. */
const COLOURS = ['cyan', 'yellow', 'magenta', 'green', 'blueBright'] as const

/** What one cell shows, and how. */
interface Cell {
  char: string
  kind: 'inside' | 'label' | 'lost' | 'idle' | 'waiting'
}

/** Columns that the names of the rows take. */
export const NAME_COLUMNS = 14

/** One row for each process from the start of the run on, an axis, and a row that marks where they were at work at once. */
export function timeline(result: RunResult, scale: TimeScale, paint: Paint): string {
  const start = startOf(result)
  const lost = repeatedReads(result)
  const rows = result.processes.map((operations) => cellsOf(operations, start, lost, scale))
  const overlaps = Array.from(
    { length: scale.cells },
    (_, cell) => rows.filter((row) => isInside(row[cell])).length > 1,
  )
  const marks = overlaps.map((isOverlap) => (isOverlap ? OVERLAP : ' ')).join('')
  return [
    `${name('')}${paint('dim', axis(scale))}`,
    ...rows.map((cells, index) => {
      const colour = COLOURS[index % COLOURS.length] ?? COLOURS[0]
      return `${paint(colour, name(result.names[index] ?? ''))}${painted(cells, colour, paint)}`
    }),
    `${name('at once')}${overlaps.includes(true) ? paint('red', marks.trimEnd()) : paint('green', 'never')}`,
  ].join('\n')
}

/** What the signs mean. */
export function legend(paint: Paint): string {
  const waiting = `${paint('dim', WAITING)} waiting for its turn`
  const lost = `${paint(LOST_STYLE, LOST)} same number read twice: one update is lost`
  return `  ${INSIDE} at work: 7→8 means it read 7 and wrote 8   ${waiting}
  ${paint('red', OVERLAP)} two or more at work at once   ${lost}`
}

function name(text: string): string {
  return `  ${text}`.padEnd(NAME_COLUMNS)
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
    if (asked >= scale.cells) break
    const wait: Cell[] = Array.from({ length: entered - asked }, () => ({ char: WAITING, kind: 'waiting' }))
    const bar = barOf(operation, committed - entered, scale.cells - entered, lost.has(operation))
    cells.splice(asked, wait.length, ...wait)
    cells.splice(entered, bar.length, ...bar)
  }
  return cells.slice(0, scale.cells)
}

/** A bar with as much of its meaning on it as there is room for in what can be seen of it. */
function barOf({ read }: Operation, length: number, visible: number, isLost: boolean): Cell[] {
  if (length === 0) return []
  const room = Math.min(length - 1, visible)
  const mark = isLost ? LOST : ''
  const text = [`${read}→${read + 1}`, `${read}`, ''].find((candidate) => candidate.length + mark.length <= room) ?? ''
  const label = Array.from(text + mark, (char): Cell => ({ char, kind: isLost ? 'lost' : 'label' }))
  const rest = Array.from({ length: Math.max(0, length - 1 - label.length) }, (): Cell => ({
    char: INSIDE,
    kind: 'inside',
  }))
  return [...label, ...rest, { char: INSIDE_END, kind: 'inside' } satisfies Cell].slice(0, length)
}

function painted(cells: readonly Cell[], colour: (typeof COLOURS)[number], paint: Paint): string {
  const styles = {
    inside: colour,
    label: ['black', `bg${colour.charAt(0).toUpperCase()}${colour.slice(1)}`],
    lost: LOST_STYLE,
    waiting: 'dim',
  }
  let text = ''
  for (let index = 0; index < cells.length;) {
    const { kind } = cells[index] as Cell
    let run = ''
    while (cells[index]?.kind === kind) run += cells[index++]?.char
    text += kind === 'idle' ? run : paint(styles[kind], run)
  }
  return text.trimEnd()
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
