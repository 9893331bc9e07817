import type { Spread } from '../samples.js'

/** Whole numbers in groups of three. */
export function wholeNumber(value: number): string {
  return Math.round(value).toLocaleString('en').replaceAll(',', ' ')
}

/** Three digits, and the unit that needs no more. */
export function duration(ms: number): string {
  const [value, unit] = ms < 1 ? [ms * 1_000, 'µs'] : ms < 1_000 ? [ms, 'ms'] : [ms / 1_000, 's']
  return `${threeDigits(value)} ${unit}`
}

export function threeDigits(value: number): string {
  if (value >= 100) return wholeNumber(value)
  return value >= 10 ? value.toFixed(1) : value.toFixed(2)
}

export function percent(value: number): string {
  return `${value.toFixed(0)} %`
}

/** A small one as a fraction of one, which is easier to read. */
export function ratio(value: number): string {
  if (value >= 100) return wholeNumber(value)
  if (value >= 10) return Number(value.toFixed(1)).toString()
  if (value >= 0.1) return value.toFixed(2)
  return `1/${Number((1 / value).toFixed(value >= 0.01 ? 1 : 0))}`
}

/** The median, and from where to where the rounds went. */
export function spreadText(spread: Spread | undefined, format: (value: number) => string): string {
  if (spread === undefined) return '–'
  const { median, least, most } = spread
  const [middle, from, to] = [median, least, most].map(format) as [string, string, string]
  if (from === middle && to === middle) return middle
  const unit = / (\S*[^\d\s])$/.exec(to)?.[0]
  const shortened = unit !== undefined && from.endsWith(unit) ? from.slice(0, -unit.length) : from
  return `${middle} (${shortened}–${to})`
}

/** For the beginning of a line. What is a name with a number, such as p99, stays what it is. */
export function capitalised(text: string): string {
  return text.replace(/^[a-z](?=\D)/, (letter) => letter.toUpperCase())
}
