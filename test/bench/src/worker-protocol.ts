import type { ServerAddresses } from './contender.js'
import type { TaskName, Tasks } from './tasks/tasks.js'

/** From the parent to a worker, which answers each with one report. */
export type Order =
  | { type: 'open'; servers: ServerAddresses; poolSize: number; contenders: readonly string[] }
  | { type: 'task'; task: TaskName; order: Parameters<Tasks[TaskName]>[1] }
  | { type: 'close' }

/** From a worker to the parent. */
export type Report = { type: 'done'; result: unknown } | { type: 'failed'; message: string }
