import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { toXml } from 'xast-util-to-xml'
import { x } from 'xastscript'
import { LOOKS, type Look, THEMES } from './look.js'

/** Of every drawing, so that letters are still large enough when a phone makes it smaller. */
export const WIDTH = 560
export const MARGIN = 16
/** Of letters, and of those that matter less. */
export const FONT_SIZE = 17
export const SMALL = 15

export type Shape = ReturnType<typeof x>

export type Attributes = Record<string, string | number | undefined>

/** What a drawing shows. */
export interface Drawing {
  /** What its files are called. */
  file: string
  /** For those who do not see it. */
  title: string
  description: string
  height: number
  shapes: (look: Look) => Shape[]
}

/** A drawing's files: one for readers with a light page and one for those with a dark one. */
export function render(drawing: Drawing): { name: string; svg: string }[] {
  return THEMES.map((theme) => ({ name: `${drawing.file}-${theme}.svg`, svg: svgOf(drawing, LOOKS[theme]) }))
}

/** Writes a drawing's files; the folder is made if need be. */
export async function write(drawing: Drawing, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true })
  for (const { name, svg } of render(drawing)) await writeFile(join(folder, name), svg)
}

function svgOf({ title, description, height, shapes }: Drawing, look: Look): string {
  const picture = x(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      viewBox: `0 0 ${WIDTH} ${height}`,
      width: WIDTH,
      height,
      role: 'img',
      'font-family': 'system-ui, sans-serif',
      'font-size': FONT_SIZE,
      fill: look.text,
    },
    x('title', title),
    x('desc', description),
    x('rect', { width: WIDTH, height, fill: look.background }),
    shapes(look),
  )
  // A line for each shape, so that one sees what has changed between two of them.
  return `${toXml(picture, { closeEmptyElements: true, tightClose: true }).replaceAll('><', '>\n<')}\n`
}

/** A shape by the name that SVG has for it. */
export function shape(name: string, attributes: Attributes, ...children: Shape[]): Shape {
  const rounded = Object.entries(attributes).map(([key, value]) => [
    key,
    typeof value === 'number' ? round(value) : value,
  ])
  return x(name, Object.fromEntries(rounded) as Attributes, children)
}

/** @param y its base line */
export function text(words: string, left: number, y: number, attributes: Attributes = {}): Shape {
  return x('text', { x: round(left), y: round(y), ...attributes }, words)
}

/** More than this nobody sees. */
function round(value: number): number {
  return Math.round(value * 10) / 10
}
