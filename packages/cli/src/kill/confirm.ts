import { createInterface } from 'node:readline'

/**
 * Asks the person at the terminal; anything but `y` or `yes` is no, and so is the end of the input. On standard error, since standard
 * output may go elsewhere.
 */
export function confirm(question: string): Promise<boolean> {
  // The terminal edits the line itself: so Ctrl-C stays a signal, and whatever ends this process leaves no raw mode behind.
  const asking = createInterface({ input: process.stdin, output: process.stderr, terminal: false })
  return new Promise((resolve) => {
    asking.once('close', () => resolve(false))
    asking.question(`${question} [y/N] `, (answer) => {
      resolve(/^\s*y(es)?\s*$/i.test(answer))
      asking.close()
    })
  })
}
