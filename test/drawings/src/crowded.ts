import { FONT_SIZE, WIDTH } from './svg.js'

/** How wide a character is on the average as a part of its size: that of DejaVu Sans, which is wide, since readers have any font. */
const ASPECT = { normal: 0.56, bold: 0.6 }

interface Line {
  words: string
  left: number
  right: number
  y: number
}

/** The words of a drawing that reach over its edge, or into other words, in a wide font. */
export function crowded(svg: string): string[] {
  const lines = [...svg.matchAll(/<text (?<attributes>[^>]*)>(?<words>[^<]*)<\/text>/g)].map(({ groups }) =>
    lineOf(groups!['words'] ?? '', groups!['attributes'] ?? ''),
  )
  const isCrowded = (line: Line): boolean =>
    line.left < 0 ||
    line.right > WIDTH ||
    lines.some((other) => other.y === line.y && other.left > line.left && other.left < line.right)
  return lines.filter(isCrowded).map(({ words }) => words)
}

function lineOf(words: string, attributes: string): Line {
  const value = (name: string): string | undefined => new RegExp(`(?<![\\w-])${name}="([^"]*)"`).exec(attributes)?.[1]
  const size = Number(value('font-size') ?? FONT_SIZE)
  const width = words.length * size * (value('font-weight') === 'bold' ? ASPECT.bold : ASPECT.normal)
  const before = { start: 0, middle: width / 2, end: width }[value('text-anchor') ?? 'start'] ?? 0
  const left = Number(value('x')) - before
  return { words, left, right: left + width, y: Number(value('y')) }
}
