import type { Colors } from 'picocolors/types.js'
import type { Line, Look } from './lock-lines.js'

/** A line as a terminal gets it. */
export function paint(line: Line, colours: Colors): string {
  const looks: Record<Look, (text: string) => string> = {
    heading: colours.dim,
    name: colours.bold,
    key: colours.dim,
    holder: colours.green,
    waiter: colours.yellow,
    note: colours.dim,
    trouble: colours.red,
  }
  return line.map(({ text, look }) => looks[look](text)).join('')
}
