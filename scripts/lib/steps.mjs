import { spawn } from 'node:child_process'
import { styleText } from 'node:util'

/** A line every so often, in milliseconds, from a command that says nothing itself: nobody looks at a silent screen. */
const HEARTBEAT_MS = 3_000

/** How many lines of its output a command that failed is remembered by. */
const LAST_LINES = 20

/** Whether standard output is a terminal that does more than print. */
export const isTerminal = process.stdout.isTTY && process.env['TERM'] !== 'dumb'

/** Colours only where a person looks at them, and not where NO_COLOR is set (no-color.org). */
export function paint(style, text) {
  return isTerminal && process.env['NO_COLOR'] === undefined ? styleText(style, text) : text
}

export function say(text) {
  console.log(`${paint('cyan', '›')} ${text}`)
}

/** Runs one step, says what it is, how long it took, and whether it failed. */
export async function step(title, work) {
  say(`${title} …`)
  const startedAt = performance.now()
  const seconds = () => `${((performance.now() - startedAt) / 1_000).toFixed(1)} s`
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
    say(`${title}: ${paint('green', 'done')} in ${seconds()}`)
    return result
  } catch (error) {
    say(`${title}: ${paint('red', 'failed')} after ${seconds()}`)
    throw error
  } finally {
    clearInterval(heartbeat)
  }
}

/** Runs a command and hands on its output line by line. Rejects unless it exits with 0, with the last of that output in the message. */
export function run(command, args, { log = console.log, cwd, env } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
    const last = []
    const hear = (line) => {
      last.push(line)
      if (last.length > LAST_LINES) last.shift()
      log(line)
    }
    for (const stream of [child.stdout, child.stderr]) {
      let rest = ''
      stream.setEncoding('utf8').on('data', (text) => {
        const lines = (rest + text).split('\n')
        rest = lines.pop()
        for (const line of lines) if (line.trim() !== '') hear(line)
      })
      stream.on('end', () => rest.trim() !== '' && hear(rest))
    }
    child.on('error', reject)
    child.on('close', (code, signal) => {
      if (code === 0) resolve()
      else {
        const said = last.length === 0 ? '' : `. The last it said:\n${last.map((line) => `  ${line}`).join('\n')}`
        reject(new Error(`${command} ${args.join(' ')} ended with ${signal ?? code}${said}`))
      }
    })
  })
}
