import { performance } from 'node:perf_hooks'
import { printable } from '@ormutex/core'
import { describeError } from '../describe-error.js'
import { colours } from '../output.js'
import { redact } from '../secrets.js'
import { paint } from '../show/paint.js'
import { Ending } from './ending.js'
import { timedByWatch } from './picture.js'
import { type WatchView, screenLines } from './screen-lines.js'
import { type Sight, sights, type Watching } from './sights.js'
import { TerminalScreen } from './terminal-screen.js'

/** How often times are counted on while no look comes, in milliseconds. */
const TICK_MS = 1_000

/** A screen that shows what is, until somebody ends it. @returns the exit code */
export async function watchOnScreen(watching: Watching): Promise<number> {
  const ending = new Ending()
  let last: Sight | null = null
  const redraw = (): void => {
    if (last !== null) screen.draw(screenLines(viewOf(last, watching), screen.size).map((line) => paint(line, look)))
  }
  const look = colours()
  const screen = new TerminalScreen(process.stdout, process.stdin.isTTY ? process.stdin : undefined, {
    quit: () => ending.end(),
    interrupt: () => ending.end('SIGINT'),
    redraw,
  })
  let ticking: NodeJS.Timeout | undefined
  try {
    for await (const sight of sights(watching, ending.signal)) {
      // Not before: a server that does not answer to begin with is told of where it can be read afterwards.
      if (last === null) screen.open()
      last = sight
      redraw()
      ticking = (ticking ?? setInterval(redraw, TICK_MS)).refresh()
    }
  } finally {
    clearInterval(ticking)
    screen.close()
    ending.dispose()
  }
  return ending.exitCode
}

function viewOf({ picture, hidden, elsewhere, trouble }: Sight, { scope, isAll, target }: Watching): WatchView {
  const nowMs = performance.now()
  // Nobody knows what has become of them since.
  const seenMs = trouble === null ? nowMs : (picture?.atMs ?? nowMs)
  return {
    title: printable(`${isAll ? 'All namespaces' : JSON.stringify(scope.namespace)} on ${target}`),
    time: new Date().toTimeString().slice(0, 8),
    locks: picture?.locks.map((lock) => timedByWatch(lock, seenMs)) ?? null,
    hidden,
    isComplete: picture?.isComplete === true,
    elsewhere,
    trouble:
      trouble === null
        ? undefined
        : { reason: printable(redact(describeError(trouble.error))), forMs: nowMs - trouble.sinceMs },
  }
}
