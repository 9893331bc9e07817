import type { Look } from './look.js'
import { type Sequence, sequenceOf } from './moments.js'
import { CALLBACK, FROM_POOL, TO_POOL } from './recorder.js'
import { drawSequence, LEGEND_HEIGHT, sequenceHeight, sequenceLegend } from './sequence.js'
import { AMOUNT, BALANCE, type Recording } from './stage.js'
import { type Drawing, MARGIN, type Shape, SMALL, text } from './svg.js'

const HEAD_HEIGHT = 70
const PANEL_HEAD = 34
/** Below a panel's rows: what came of it. */
const RESULT_HEIGHT = 32
const PANEL_GAP = 16

/** What happens to a connection from the pool to the pool. @param where such as `MySQL 9.7.4` */
export function oneConnection({ events }: Recording, where: string): Drawing {
  const sequence = sequenceOf(events)
  const legendTop = HEAD_HEIGHT + sequenceHeight(sequence) + PANEL_GAP
  const title = "One connection's life"
  return {
    file: 'one-connection',
    title,
    description: describe(sequence),
    height: legendTop + LEGEND_HEIGHT + MARGIN / 2,
    shapes: (look) => [
      ...head(title, `while another one waits; recorded on ${where}`, look),
      ...drawSequence(sequence, HEAD_HEIGHT, look),
      ...sequenceLegend(legendTop, look),
    ],
  }
}

/** The same two withdrawals in both orders. */
export function bothOrders(wrong: Recording, right: Recording, where: string): Drawing {
  const expected = BALANCE - 2 * AMOUNT
  const panels = [
    { title: '✗ Wrong: RELEASE_LOCK before COMMIT', recording: wrong },
    { title: '✓ Right: COMMIT before RELEASE_LOCK', recording: right },
  ].map(({ title, recording }) => ({ title, balance: recording.balance, sequence: sequenceOf(statements(recording)) }))
  const tops: number[] = []
  let bottom = HEAD_HEIGHT
  for (const { sequence } of panels) {
    tops.push(bottom)
    bottom += PANEL_HEAD + sequenceHeight(sequence) + RESULT_HEIGHT + PANEL_GAP
  }
  const title = `Two connections take ${AMOUNT} from a balance of ${BALANCE}`
  return {
    file: 'wrong-order',
    title,
    description: panels
      .map((panel) => `${panel.title}: ${describe(panel.sequence)} ${resultOf(panel.balance, expected)}.`)
      .join(' '),
    height: bottom + LEGEND_HEIGHT + MARGIN / 2,
    shapes: (look) => [
      ...head(title, `with a named lock; recorded on ${where}`, look),
      ...panels.flatMap((panel, index) => {
        const top = tops[index]!
        const colour = panel.balance === expected ? look.good : look.bad
        const bold = { 'font-weight': 'bold', fill: colour }
        const resultTop = top + PANEL_HEAD + sequenceHeight(panel.sequence)
        return [
          text(panel.title, MARGIN, top + 18, bold),
          ...drawSequence(panel.sequence, top + PANEL_HEAD, look),
          text(resultOf(panel.balance, expected), MARGIN, resultTop + 23, bold),
        ]
      }),
      ...sequenceLegend(bottom, look),
    ],
  }
}

/** The pool and the callback are the same in both orders. */
function statements({ events }: Recording): Recording['events'] {
  return events.filter(({ name }) => ![FROM_POOL, TO_POOL, CALLBACK].includes(name))
}

function resultOf(balance: number, expected: number): string {
  return balance === expected
    ? `✓ The balance ends at ${balance}`
    : `✗ The balance ends at ${balance}, not ${expected}: one is lost`
}

function describe({ moments }: Sequence): string {
  return `${moments.map(({ lane, words }) => `connection ${lane + 1}: ${words}`).join('; ')}.`
}

function head(title: string, subtitle: string, look: Look): Shape[] {
  return [
    text(title, MARGIN, 32, { 'font-size': 20, 'font-weight': 'bold' }),
    text(subtitle, MARGIN, 54, { fill: look.faint, 'font-size': SMALL }),
  ]
}
