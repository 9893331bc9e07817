import { type ChildProcess, spawn } from 'node:child_process'

/**
 * Reads whom to end: a process, or the negative of a group. Then it waits for the end of its standard input, which comes when this process
 * is gone, however it went; the word `done` is a good end. `$1` is for how many seconds to wait between SIGTERM and SIGKILL. It looks each
 * second, since the number may be somebody else's once whoever had it is gone. PATH may lead to no `sleep`: without one, it would not wait.
 */
const SCRIPT = `PATH=\${PATH:+$PATH:}/usr/bin:/bin
read -r target && ! read -r word && kill -s TERM -- "$target" && left=$1 &&
while kill -s 0 -- "$target"; do
  if [ "$left" -le 0 ]; then kill -s KILL -- "$target"; break; fi
  sleep 1
  left=$((left - 1))
done`

/** What shells count to everywhere. */
const LONGEST_S = 2 ** 31 - 1

/**
 * Ends a command when this process is killed: SIGKILL leaves it no time to do so itself, the server frees the lock at once, and Node has no
 * way to have the system do it (`PR_SET_PDEATHSIG`).
 */
export class Guard {
  readonly #shell: ChildProcess

  constructor(graceMs: number) {
    const graceS = Math.min(Math.ceil(graceMs / 1_000), LONGEST_S)
    // A group of its own, so that what ends the group of this process does not end it, too.
    this.#shell = spawn('/bin/sh', ['-c', SCRIPT, 'ormutex-guard', String(graceS)], {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    })
    // Without a shell there is no guard; nothing else depends on it.
    this.#shell.on('error', () => {})
    this.#shell.stdin!.on('error', () => {})
    this.#shell.unref()
  }

  /** Whom to end, from now on: a process, or the negative of a process group. */
  watch(target: number): void {
    this.#shell.stdin!.write(`${target}\n`)
  }

  /** The command has ended, or never began. */
  dismiss(): void {
    this.#shell.stdin!.end('done\n')
  }
}
