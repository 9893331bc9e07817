import { isTerminal } from './steps.mjs'

/** A line every so often, in milliseconds, where no terminal can show one in place of the other. */
const PLAIN_EVERY_MS = 5_000

/** Shows how something goes: in one line of a terminal, else a line now and then. */
export function progressLine() {
  const { stdout } = process
  let shownAt = -Infinity
  let isShown = false
  const wipe = () => {
    if (isShown) stdout.write('\r\u001b[K')
    isShown = false
  }
  return {
    show(text) {
      if (isTerminal) {
        wipe()
        stdout.write(text.slice(0, stdout.columns - 1))
        isShown = true
      } else if (performance.now() - shownAt > PLAIN_EVERY_MS) {
        shownAt = performance.now()
        console.log(`  ${text}`)
      }
    },
    /** Takes the line away for what is to stay. */
    clear(print) {
      wipe()
      print()
    },
  }
}
