import type { Access } from './account.js'
import type { Orm } from './application.js'
import type { Way } from './increment.js'
import type { Operation } from './operation.js'

/** From the parent to a worker. */
export type Order =
  | { type: 'connect'; orm: Orm; access: Access; ownAccount: number }
  | { type: 'run'; way: Way; account: number; increments: number; startAt: number }

/** From a worker to the parent, one for each order. */
export type Report =
  | { type: 'connected' }
  | { type: 'done'; operations: Operation[] }
  | { type: 'failed'; message: string }
