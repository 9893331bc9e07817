import { spawn } from 'node:child_process'
import { styleText } from 'node:util'

/** A line every so often, in milliseconds, from a command that says nothing itself: nobody looks at a silent screen. */
const HEARTBEAT_MS = 3_000

/** Whether standard output is a terminal that does more than print. */
export const isTerminal = process.stdout.isTTY && process.env['TERM'] !== 'dumb'

/** Colours only where a person looks at them, and not where NO_COLOR is set (no-color.org). */
export function paint(style, text) {
  return isTerminal && process.env['NO_COLOR'] === undefined ? styleText(style, text) : text
}

export function say(text) {
  console.log(`${paint('cyan', '›')} ${text}`)
}

/** Runs one step, says what it is and how long it took. */
export async function step(title, work) {
  say(`${title} …`)
  const startedAt = performance.now()
  let lastWord = startedAt
  const heartbeat = setInterval(() => {
    const now = performance.now()
    if (now - lastWord < HEARTBEAT_MS) return
    lastWord = now
    say(`${title}: still working (${Math.round((now - startedAt) / 1_000)} s)`)
  }, HEARTBEAT_MS / 3)
  try {
    const result = await work((line) => {
      lastWord = performance.now()
      console.log(`  ${paint('dim', line)}`)
    })
    say(`${title}: ${paint('green', 'done')} in ${((performance.now() - startedAt) / 1_000).toFixed(1)} s`)
    return result
  } finally {
    clearInterval(heartbeat)
  }
}

/** Runs a command and hands on its output line by line. Rejects unless it exits with 0. */
export function run(command, args, { log = console.log, cwd, env } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
    for (const stream of [child.stdout, child.stderr]) {
      let rest = ''
      stream.setEncoding('utf8').on('data', (text) => {
        const lines = (rest + text).split('\n')
        rest = lines.pop()
        for (const line of lines) if (line.trim() !== '') log(line)
      })
      stream.on('end', () => rest.trim() !== '' && log(rest))
    }
    child.on('error', reject)
    child.on('close', (code, signal) => {
      if (code === 0) resolve()
      else reject(new Error(`${command} ${args.join(' ')} ended with ${signal ?? code}`))
    })
  })
}
