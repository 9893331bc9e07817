/** What one scenario comes to, for the page and for the terminal. Texts are Markdown. */
export interface Section {
  title: string
  /** What is measured, how, and what to see in it. */
  text: readonly string[]
  targets: readonly Target[]
  tables: readonly Table[]
  charts: readonly LineChart[]
}

/** What was aimed at, and what was measured with each ORM. */
export interface Target {
  what: string
  /** What it was to be, such as `≤ 1.10`. */
  limit: string
  results: readonly Result[]
}

export interface Result {
  /** Which ORM, by its column. */
  orm: string
  found: string
  isMet: boolean
}

export interface Table {
  caption: string
  head: readonly string[]
  rows: readonly (readonly string[])[]
}

export interface LineChart {
  /** Its file, without an ending. */
  file: string
  title: string
  /** What is on the axes. */
  x: { name: string; values: readonly number[] }
  y: { name: string; unit: 'per second' | 'ms' }
  lines: readonly ChartLine[]
}

export interface ChartLine {
  name: string
  /** One for each value of x; undefined where there is none. */
  values: readonly (number | undefined)[]
  /** Lines of one family have one colour. */
  family: string
  /** Of several in a family, one is drawn full. */
  isDashed: boolean
}
