import type { Client } from '../contender.js'
import { beside } from './beside.js'
import { compare } from './compare.js'
import { contend } from './contend.js'
import { drop, hold, letGo } from './hold.js'
import { holdMany } from './hold-many.js'
import { queue, queueMemory } from './queue.js'

/** Something that a worker does for the parent. Orders and results travel between processes. */
export type Task<Order, Result> = (clientOf: (id: string) => Client, order: Order) => Promise<Result>

export const tasks = { beside, compare, contend, drop, hold, holdMany, letGo, queue, queueMemory }

export type Tasks = typeof tasks

export type TaskName = keyof Tasks
