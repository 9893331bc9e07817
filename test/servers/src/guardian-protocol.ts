/** Holds the pid of the guarded command, in the directory of its job. */
export const PID_FILE = 'guarded.pid'

/** What a guardian looks after. Its messages are lines of JSON, orders on its stdin and reports on its stdout. */
export interface Job {
  /** Made by the guardian and removed by it at the end, whatever the end is. */
  directory: string
  /** What is copied into the directory, by the name that it gets there. */
  copies?: Record<string, string>
  /** Written into the directory, readable by its owner only. */
  files: Record<string, string>
  /** Who gets the directory with all that is in it and runs the commands. Default: who runs the guardian. */
  account?: Account
  /** Run to its end before the command; unless that end is clean the command is not run. */
  prepare?: GuardedCommand
  command: GuardedCommand
  /** Ends the command at once. Default: SIGKILL, which is not for one that then leaves something outside. */
  endSignal?: NodeJS.Signals
  /** Run at the end, before the directory goes. With it the command's own end is not the end of the job. */
  undo?: GuardedCommand
}

/** An account of this machine, by its numbers. */
export interface Account {
  uid: number
  gid: number
}

export interface GuardedCommand {
  file: string
  args: string[]
  env: NodeJS.ProcessEnv
}

export type Order =
  | { type: 'start'; job: Job }
  /** Ends the command and keeps the directory for a command that is to be resumed with. */
  | { type: 'halt'; graceful: boolean }
  | { type: 'resume'; command: GuardedCommand }
  | { type: 'stop'; graceful: boolean }

export type Report =
  | { type: 'started'; pid: number }
  | { type: 'line'; text: string }
  /** The end that was asked for with `halt`. */
  | ({ type: 'halted' } & Exit)
  /** Any other end, after which there is nothing to resume. */
  | ({ type: 'exited' } & Exit)
  | { type: 'failed'; message: string }
  | { type: 'done' }

/** How a server ended. */
export interface Exit {
  code: number | null
  signal: NodeJS.Signals | null
  /** The last lines that it logged. */
  log: string[]
}
