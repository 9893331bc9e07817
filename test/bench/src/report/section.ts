import type { Spread } from '../samples.js'
import { spreadText, wholeNumber } from './figures.js'

/** What one scenario comes to, for the page and for the terminal. Texts are Markdown. */
export interface Section {
  title: string
  /** What is measured, how, and what to see in it. */
  text: readonly string[]
  targets: readonly Target[]
  tables: readonly Table[]
  charts: readonly LineChart[]
}

/** What was aimed at and what was measured. */
export interface Target {
  what: string
  /** What it was to be, such as `≤ 1.10`. */
  limit: string
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

/** A ratio that must not be more, or not less, than a limit. */
export function ratioTarget(what: string, ratio: Spread | undefined, limit: { most: number } | { least: number }): Target {
  const isCeiling = 'most' in limit
  const text = isCeiling ? `≤ ${asRatio(limit.most)}` : `≥ ${asRatio(limit.least)}`
  if (ratio === undefined) return { what, limit: text, found: 'not measured', isMet: false }
  const isMet = isCeiling ? ratio.median <= limit.most : ratio.median >= limit.least
  return { what, limit: text, found: spreadOfRatios(ratio), isMet }
}

function asRatio(value: number): string {
  return `${value < 1 ? `1/${Math.round(1 / value)}` : value < 2 ? value.toFixed(2).replace(/(\.\d)0$/, '$1') : value} ×`
}

function spreadOfRatios({ median, least, most }: Spread): string {
  return `${ratioText(median)} × (${ratioText(least)}–${ratioText(most)})`
}

export function ratioText(value: number): string {
  if (value >= 100) return value.toFixed(0)
  if (value >= 10) return value.toFixed(1)
  if (value >= 0.1) return value.toFixed(2)
  return `1/${(1 / value).toFixed(value >= 0.01 ? 1 : 0)}`
}

/** A number that must not be more than a limit in any round. */
export function countTarget(what: string, count: Spread | undefined, limit: { most: number; unit: string }): Target {
  return {
    what,
    limit: `≤ ${wholeNumber(limit.most)}${limit.unit}`,
    found: count === undefined ? 'not measured' : `${spreadText(count, wholeNumber)}${limit.unit}`,
    isMet: count !== undefined && count.most <= limit.most,
  }
}
