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
