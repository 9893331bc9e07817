import stringWidth from 'string-width'

/** One column of a table. */
export interface Column {
  readonly align: 'left' | 'right'
  /** May be made narrower than what stands in it. */
  readonly isFlexible?: boolean
}

/** What becomes of a cell that is wider than its column: the rest goes onto further lines, or is left out. */
export type Overflow = 'wrap' | 'cut'

const GAP = '  '
/** Narrower than this a column says nothing. */
const LEAST_WIDTH = 4

/** How many columns of a terminal a text takes. */
export const widthOf: (text: string) => number = stringWidth

/** A text that takes at most so many columns, with an ellipsis for what is missing. */
export function cut(text: string, width: number): string {
  if (widthOf(text) <= width) return text
  return width < 1 ? '' : `${startOf(text, width - 1)}…`
}

/** A text on as many lines as it needs. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = []
  let rest = text
  do {
    const line = startOf(rest, width) || firstOf(rest)
    lines.push(line)
    rest = rest.slice(line.length)
  } while (rest !== '')
  return lines
}

const CHARACTERS = new Intl.Segmenter(undefined, { granularity: 'grapheme' })

/** As many whole characters as have a place. */
function startOf(text: string, width: number): string {
  let start = ''
  let taken = 0
  for (const { segment } of CHARACTERS.segment(text)) {
    taken += widthOf(segment)
    if (taken > width) break
    start += segment
  }
  return start
}

/** What is wider than a line would never get onto any. */
function firstOf(text: string): string {
  const [first] = CHARACTERS.segment(text)
  return first?.segment ?? ''
}

/** Rows of cells as lines, each row on one line or, wrapped, on several. `width` undefined: as wide as it comes. */
export function layOut(
  rows: readonly (readonly string[])[],
  columns: readonly Column[],
  { width, overflow }: { readonly width: number | undefined; readonly overflow: Overflow },
): string[][] {
  const widths = fit(
    columns.map((_, index) => rows.reduce((widest, row) => Math.max(widest, widthOf(row[index]!)), 0)),
    columns,
    width,
  )
  return rows.map((row) => {
    const cells = row.map((cell, index) =>
      overflow === 'cut' ? [cut(cell, widths[index]!)] : wrap(cell, widths[index]!),
    )
    const height = Math.max(...cells.map(({ length }) => length))
    return Array.from({ length: height }, (_, line) => {
      const whole = cells.map((parts, index) => pad(parts[line] ?? '', widths[index]!, columns[index]!.align)).join(GAP)
      return overflow === 'cut' ? cut(whole.trimEnd(), width ?? Infinity) : whole.trimEnd()
    })
  })
}

/** Takes what is too much from the widest flexible column, again and again, so that narrow ones keep all they have. */
function fit(natural: readonly number[], columns: readonly Column[], width: number | undefined): number[] {
  const widths = [...natural]
  let excess = widths.reduce((sum, each) => sum + each, GAP.length * (widths.length - 1)) - (width ?? Infinity)
  for (; excess > 0; excess -= 1) {
    const flexible = widths.map((each, index) => (columns[index]!.isFlexible === true ? each : 0))
    const widest = flexible.indexOf(Math.max(...flexible))
    if (flexible[widest]! <= LEAST_WIDTH) break
    widths[widest]! -= 1
  }
  return widths
}

function pad(text: string, width: number, align: Column['align']): string {
  const space = ' '.repeat(Math.max(0, width - widthOf(text)))
  return align === 'left' ? text + space : space + text
}
