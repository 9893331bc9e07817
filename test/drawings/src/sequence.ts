import type { Look } from './look.js'
import { type Moment, type Sequence, type Span } from './moments.js'
import { MARGIN, type Shape, shape, SMALL, text, WIDTH } from './svg.js'

const ROW_HEIGHT = 29
const BASE_LINE = 20
const ROW_FONT_SIZE = 16
const LANE_GAP = 16
const LANE_WIDTH = (WIDTH - 2 * MARGIN - LANE_GAP) / 2
const LANE_HEAD = 28
/** Bars beside a connection's rows, from the left: what locks, and what is open. */
const LOCK_BAR = { left: 0, width: 9 }
const TRANSACTION_BAR = { left: 14, width: 7 }
const WORDS_LEFT = 29
const INDENT = 10
const BAR_INSET = 3
const LEGEND_SIGN = 20
export const LEGEND_HEIGHT = LEGEND_SIGN + 6

export function sequenceHeight({ moments }: Sequence): number {
  return LANE_HEAD + moments.length * ROW_HEIGHT
}

/** What two connections did, side by side, with time going down. */
export function drawSequence(sequence: Sequence, top: number, look: Look): Shape[] {
  const rowsTop = top + LANE_HEAD
  const { moments, locks, transactions, waits } = sequence
  return [
    ...[0, 1].map((lane) => text(`connection ${lane + 1} ↓`, leftOf(lane), top + 18, { 'font-weight': 'bold' })),
    ...Array.from({ length: moments.length + 1 }, (_, row) => {
      const y = rowsTop + row * ROW_HEIGHT
      return shape('line', { x1: MARGIN, x2: WIDTH - MARGIN, y1: y, y2: y, stroke: look.grid })
    }),
    ...waits.map((span) => waitLine(span, rowsTop, look)),
    ...locks.map((span) => lockBar(span, rowsTop, look)),
    ...transactions.map((span) => transactionBar(span, rowsTop, look)),
    ...waits.flatMap(({ lane, to }) => handOver(lane, to, locks, rowsTop, look)),
    ...moments.map((moment, row) => words(moment, rowsTop + row * ROW_HEIGHT + BASE_LINE, look)),
  ]
}

function leftOf(lane: number): number {
  return MARGIN + lane * (LANE_WIDTH + LANE_GAP)
}

function words({ lane, words: said, isInside, isBad }: Moment, y: number, look: Look): Shape {
  const left = leftOf(lane) + WORDS_LEFT
  if (isBad) return text(`✗ ${said}`, left, y, { class: 'bad', 'font-size': ROW_FONT_SIZE, fill: look.bad })
  return text(said, left + (isInside ? INDENT : 0), y, { 'font-size': ROW_FONT_SIZE })
}

function barOf({ lane, from, to }: Span, rowsTop: number, { left, width }: typeof LOCK_BAR) {
  return {
    x: leftOf(lane) + left,
    y: rowsTop + from * ROW_HEIGHT + BAR_INSET,
    width,
    height: (to - from + 1) * ROW_HEIGHT - 2 * BAR_INSET,
    rx: 2,
  }
}

function lockBar(span: Span, rowsTop: number, look: Look): Shape {
  return shape('rect', { class: 'lock', ...barOf(span, rowsTop, LOCK_BAR), fill: look.good })
}

function transactionBar(span: Span, rowsTop: number, look: Look): Shape {
  const { x, y, width, height, rx } = barOf(span, rowsTop, TRANSACTION_BAR)
  const outline = { fill: look.background, stroke: look.text, 'stroke-width': 1.5 }
  return shape('rect', { class: 'transaction', x, y, width, height, rx, ...outline })
}

/** Until the row in which the lock is granted. */
function waitLine({ lane, from, to }: Span, rowsTop: number, look: Look): Shape {
  const x = leftOf(lane) + LOCK_BAR.left + LOCK_BAR.width / 2
  const [y1, y2] = [rowsTop + from * ROW_HEIGHT + BAR_INSET, rowsTop + to * ROW_HEIGHT]
  return shape('line', { class: 'waits', x1: x, x2: x, y1, y2, ...dotted(look) })
}

function dotted(look: Look) {
  return { stroke: look.text, 'stroke-width': 3, 'stroke-dasharray': '3 4' }
}

/** From the release of the one to the grant of the other, between the rows. */
function handOver(lane: number, grantedIn: number, locks: readonly Span[], rowsTop: number, look: Look): Shape[] {
  const before = locks.filter((lock) => lock.lane !== lane && lock.to < grantedIn).at(-1)
  if (before === undefined) return []
  const [fromX, toX] = [before.lane, lane].map((one) => leftOf(one) + LOCK_BAR.width / 2) as [number, number]
  const [fromY, toY] = [(before.to + 1) * ROW_HEIGHT, grantedIn * ROW_HEIGHT].map((y) => rowsTop + y) as [
    number,
    number,
  ]
  const path = `M${fromX} ${fromY - BAR_INSET}V${fromY}H${toX}V${toY + BAR_INSET}`
  return [shape('path', { class: 'hand-over', d: path, fill: 'none', stroke: look.good, 'stroke-width': 2 })]
}

/** What the bars mean. */
export function sequenceLegend(top: number, look: Look): Shape[] {
  const [holds, waits, transaction] = [0, 1, 2].map((index) => MARGIN + index * ((WIDTH - 2 * MARGIN) / 3)) as [
    number,
    number,
    number,
  ]
  const sign = { y: top, width: LOCK_BAR.width, height: LEGEND_SIGN, rx: 2 }
  const outline = { fill: look.background, stroke: look.text, 'stroke-width': 1.5 }
  const meaning = (said: string, x: number): Shape => text(said, x + 18, top + 15.5, { 'font-size': SMALL })
  return [
    shape('rect', { ...sign, x: holds, fill: look.good }),
    meaning('has the lock', holds),
    shape('line', { x1: waits + 4.5, x2: waits + 4.5, y1: top, y2: top + LEGEND_SIGN, ...dotted(look) }),
    meaning('waits for it', waits),
    shape('rect', { ...sign, x: transaction, width: TRANSACTION_BAR.width, ...outline }),
    meaning('in a transaction', transaction),
  ]
}
