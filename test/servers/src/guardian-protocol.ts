/** What a guardian looks after. Its messages are lines of JSON, orders on its stdin and reports on its stdout. */
export interface Job {
  /** Made by the guardian and removed by it at the end, whatever the end is. */
  directory: string
  /** Copied to `data` in the directory. */
  template?: string
  /** Written into the directory, readable by its owner only. */
  files: Record<string, string>
  command: GuardedCommand
  /** Run at the end, before the directory goes. With it the command's own end is not the end of the job. */
  undo?: GuardedCommand
}

export interface GuardedCommand {
  file: string
  args: string[]
  env: NodeJS.ProcessEnv
}

export type Order = { type: 'start'; job: Job } | { type: 'stop'; graceful: boolean }

export type Report =
  | { type: 'started'; pid: number }
  | { type: 'line'; text: string }
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
