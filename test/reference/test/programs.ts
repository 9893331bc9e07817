import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'

/** Runs a program on some input, and answers what it prints. */
export async function ask(
  command: string,
  args: readonly string[],
  input = '',
  env: NodeJS.ProcessEnv = process.env,
): Promise<string> {
  const child = spawn(command, args, { env, stdio: ['pipe', 'pipe', 'pipe'] })
  child.stdin.end(input)
  const [printed, complaints, [exitCode]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close') as Promise<[number | null]>,
  ])
  if (exitCode !== 0) throw new Error(`${command} has ended with ${exitCode}: ${complaints}`)
  return printed.trimEnd()
}

export function lines(...texts: readonly string[]): string {
  return texts.join('\n')
}
