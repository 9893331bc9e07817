import type { Look } from '@ormutex-test/drawings/look'
import { type Drawing, MARGIN, type Shape, shape, SMALL, text, WIDTH } from '@ormutex-test/drawings/svg'
import type { Operation } from './operation.js'
import { expectedBalance, lostUpdates, overlaps, repeatedReads, startOf, type RunResult } from './run-result.js'
import type { Results } from './report.js'
import { type TimeScale, timeScaleFor } from './time-scale.js'

const NAME_WIDTH = 104
const LEFT = MARGIN + NAME_WIDTH
const RIGHT = WIDTH - MARGIN
/** So that bars of the usual length have room for their numbers: how wide one of the cells is that the scale counts in. */
const CELL_WIDTH = 4.5
const ROW_HEIGHT = 26
const BAR_HEIGHT = 20
const BAR_GAP = 1.5
/** What goes on after the window has its end out of sight. */
const BEYOND = 8
const OUTLINE_WIDTH = 2
/** From a bar's top to the base line of its numbers. */
const BASE_LINE = 15.5
/** How much a bar's numbers need, in any font that a reader may have. */
const CHARACTER_WIDTH = 11.5
const PANEL_HEAD = 40
const PANEL_GAP = 34
const TITLE_HEIGHT = 62
const LEGEND_ROW = 26
const LEGEND_SIGN = 44

/** Where a panel is, and what is the same in both. */
interface Place {
  top: number
  scale: TimeScale
  look: Look
}

/** Where a moment of a run is, and whether it can be seen. */
interface Frame {
  at: (moment: number) => number
  isShown: (moment: number) => boolean
  look: Look
}

interface Box {
  left: number
  width: number
  /** As much of the width as can be seen, where that is less. */
  visible?: number
  top: number
}

/** The two runs, one above the other at the same scale. @param where such as `MySQL 9.7.4` */
export function demoPicture(results: Results, where: string): Drawing {
  const both = [results.without, results.with]
  const scale = timeScaleFor(both, Math.floor((RIGHT - LEFT) / CELL_WIDTH))
  const processes = results.without.processes.length
  const rows = processes + 1
  const panelHeight = PANEL_HEAD + rows * ROW_HEIGHT + PANEL_GAP
  const legendTop = TITLE_HEIGHT + 2 * panelHeight
  const title = `${processes} processes add 1 to one row, ${timesOf(results.without)}`
  return {
    file: 'demo',
    title,
    description: `${headOf(results.without)}. ${headOf(results.with)}.`,
    height: legendTop + 4 * LEGEND_ROW + MARGIN / 2,
    shapes: (look) => [
      text(title, MARGIN, 32, { 'font-size': 20, 'font-weight': 'bold' }),
      text(`on ${where}; the first ${scale.windowMs} ms of each run`, MARGIN, 54, {
        fill: look.faint,
        'font-size': SMALL,
      }),
      ...both.map((result, index) => panel(result, { top: TITLE_HEIGHT + index * panelHeight, scale, look })),
      ...legend(legendTop, look),
    ],
  }
}

function timesOf({ processes }: RunResult): string {
  const increments = processes[0]?.length ?? 0
  return increments === 1 ? 'once each' : `${increments} times each`
}

function headOf(result: RunResult): string {
  const way = result.way === 'with lock' ? 'With the lock' : 'Without the lock'
  const lost = lostUpdates(result)
  return `${way}: ${result.balance} of ${expectedBalance(result)} kept, ${lost === 0 ? 'none' : lost} lost`
}

function panel(result: RunResult, { top, scale, look }: Place): Shape {
  const start = startOf(result)
  const lost = repeatedReads(result)
  const isGood = lostUpdates(result) === 0
  const rowsTop = top + PANEL_HEAD
  const bottom = rowsTop + (result.processes.length + 1) * ROW_HEIGHT
  const frame: Frame = {
    at: (moment) => Math.min(LEFT + ((moment - start) / scale.windowMs) * (RIGHT - LEFT), RIGHT + BEYOND),
    isShown: (moment) => moment - start < scale.windowMs,
    look,
  }
  return shape(
    'g',
    { class: result.way.replace(' ', '-') },
    text(`${isGood ? '✓' : '✗'} ${headOf(result)}`, MARGIN, top + 26, {
      'font-weight': 'bold',
      fill: isGood ? look.good : look.bad,
    }),
    ...axis(rowsTop, bottom, scale, look),
    ...result.processes.flatMap((operations, index) => {
      const rowTop = rowsTop + index * ROW_HEIGHT
      const shown = operations.filter(({ askedAt }) => frame.isShown(askedAt))
      return [
        text(result.names[index] ?? '', MARGIN, rowTop + BASE_LINE, { 'font-size': SMALL }),
        insideWindow(
          rowTop,
          shown.flatMap((operation) => turn(operation, rowTop, lost.has(operation), frame)),
        ),
      ]
    }),
    ...atOnce(result, bottom - ROW_HEIGHT, frame),
  )
}

/** Cuts a row off where the window ends, and leaves it where it is. */
function insideWindow(top: number, row: Shape[]): Shape {
  const place = { x: 0, y: top, width: RIGHT, height: ROW_HEIGHT }
  return shape('svg', { class: 'row', ...place, viewBox: `0 ${top} ${RIGHT} ${ROW_HEIGHT}` }, ...row)
}

function axis(top: number, bottom: number, { windowMs, tickMs }: TimeScale, look: Look): Shape[] {
  const ticks = Array.from({ length: Math.floor(windowMs / tickMs) + 1 }, (_, index) => index * tickMs)
  return ticks.flatMap((ms) => {
    const x = LEFT + (ms / windowMs) * (RIGHT - LEFT)
    const isLast = ms === windowMs
    return [
      shape('line', { x1: x, x2: x, y1: top - 4, y2: bottom, stroke: look.grid }),
      text(ms === 0 ? '0 ms' : `${ms}`, x, bottom + 16, {
        'font-size': SMALL,
        fill: look.faint,
        'text-anchor': isLast ? 'end' : ms === 0 ? 'start' : 'middle',
      }),
    ]
  })
}

/** A line while it waits, and a bar while it is at work, with as much of its meaning on it as there is room for. */
function turn(operation: Operation, top: number, isLost: boolean, { at, look }: Frame): Shape[] {
  const { read } = operation
  const [asked, entered, committed] = [operation.askedAt, operation.enteredAt, operation.committedAt].map(at) as [
    number,
    number,
    number,
  ]
  const waits = entered > asked ? [waitLine({ left: asked, right: entered, top }, look)] : []
  if (entered >= RIGHT) return waits
  const whole = committed - entered
  // One that follows at once is seen to be another one.
  const width = Math.max(Math.min(1, whole), whole - BAR_GAP)
  const mark = isLost ? '✗' : ''
  const visible = Math.min(width, RIGHT - entered)
  const room = Math.floor(visible / CHARACTER_WIDTH)
  const label = [`${read}→${read + 1}${mark}`, `${read}${mark}`, mark].find(({ length }) => length <= room) ?? ''
  return [...waits, ...bar({ left: entered, width, visible, top }, label, isLost, look)]
}

function waitLine({ left, right, top }: { left: number; right: number; top: number }, look: Look): Shape {
  const y = top + BAR_HEIGHT / 2
  const dots = { stroke: look.faint, 'stroke-width': 2, 'stroke-dasharray': '2 4' }
  return shape('line', { class: 'waits', x1: left, x2: right, y1: y, y2: y, ...dots })
}

/** Full for an update that stays, and an outline with a mark for one that is lost: not by colour alone. */
function bar({ left, width, visible = width, top }: Box, label: string, isLost: boolean, look: Look): Shape[] {
  const outline = isLost ? OUTLINE_WIDTH : 0
  const style = isLost
    ? { class: 'lost', fill: look.background, stroke: look.bad, 'stroke-width': outline }
    : { class: 'kept', fill: look.good }
  const place = {
    x: left + outline / 2,
    y: top + outline / 2,
    width: Math.max(0, width - outline),
    height: BAR_HEIGHT - outline,
    rx: 2,
  }
  const letters = { 'font-size': SMALL, 'text-anchor': 'middle', fill: isLost ? look.bad : look.background }
  const words = label === '' ? [] : [text(label, left + visible / 2, top + BASE_LINE, letters)]
  return [shape('rect', { ...style, ...place }), ...words]
}

/** When two or more were at work. */
function atOnce(result: RunResult, top: number, { at, isShown, look }: Frame): Shape[] {
  const shown = overlaps(result).filter(({ from }) => isShown(from))
  const label = text('at once', MARGIN, top + BASE_LINE, { 'font-size': SMALL, fill: look.faint })
  if (shown.length === 0) return [label, text('never', LEFT, top + BASE_LINE, { 'font-size': SMALL, fill: look.good })]
  const bars = shown.map(({ from, to }) =>
    atOnceBar({ left: at(from), width: Math.max(0.5, at(to) - at(from)), top }, look),
  )
  return [label, insideWindow(top, bars)]
}

function atOnceBar({ left, width, top }: Box, look: Look): Shape {
  return shape('rect', { class: 'at-once', x: left, y: top + 6, width, height: 8, fill: look.bad })
}

/** What the signs mean. */
function legend(top: number, look: Look): Shape[] {
  const row = (index: number): number => top + index * LEGEND_ROW
  const sign = (index: number) => ({ left: MARGIN, width: LEGEND_SIGN, top: row(index) })
  const meaning = (words: string, index: number): Shape =>
    text(words, MARGIN + LEGEND_SIGN + 12, row(index) + BASE_LINE)
  return [
    ...bar(sign(0), '7→8', false, look),
    meaning('at work: it read 7 and wrote 8', 0),
    ...bar(sign(1), '✗', true, look),
    meaning('the same number read again: one is lost', 1),
    waitLine({ ...sign(2), right: MARGIN + LEGEND_SIGN }, look),
    meaning('waits for the lock', 2),
    atOnceBar(sign(3), look),
    meaning('two or more at work at once', 3),
  ]
}
