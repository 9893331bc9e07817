import { setImmediate as nextTurn } from 'node:timers/promises'
import { now, sleepUntil } from '../clock.js'
import type { Client } from '../contender.js'
import { countFailure, type Failures } from '../failures.js'
import { OperationLog } from '../operations.js'

export interface ContendOrder {
  contender: string
  /** The name that all want. */
  name: string
  /** `acquire` and release with nothing between, or a transaction of one UPDATE. */
  work: 'acquire' | 'update'
  /** How many of this process want it at once, each again as soon as it is done. */
  contenders: number
  /** Moments of the shared clock; who waits at the end is let in and counted. */
  startAt: number
  endAt: number
  /** Stays inside for a turn of the event loop, in which another one that is let in would be seen. */
  lingers: boolean
}

export interface ContendResult {
  operations: Float64Array
  failures: Failures
}

/** Many want one name, again and again. */
export async function contend(clientOf: (id: string) => Client, order: ContendOrder): Promise<ContendResult> {
  const client = clientOf(order.contender)
  const once = order.work === 'acquire' ? acquireOnce : updateOnce
  const log = new OperationLog()
  const failures: Failures = {}
  await sleepUntil(order.startAt)
  const contendUntilTheEnd = async (): Promise<void> => {
    while (now() < order.endAt) {
      try {
        await once(client, order, log)
      } catch (error) {
        countFailure(failures, error)
      }
    }
  }
  await Promise.all(Array.from({ length: order.contenders }, contendUntilTheEnd))
  return { operations: log.packed(), failures }
}

async function acquireOnce(client: Client, { name, lingers }: ContendOrder, log: OperationLog): Promise<void> {
  const asked = now()
  const held = await client.acquire(name)
  const entered = now()
  if (lingers) await nextTurn()
  const left = now()
  await held.release()
  log.add(asked, entered, left, now())
}

async function updateOnce(client: Client, { name }: ContendOrder, log: OperationLog): Promise<void> {
  const asked = now()
  let entered = 0
  let left = 0
  await client.update(name, {
    entered: () => {
      entered = now()
    },
    left: () => {
      left = now()
    },
  })
  log.add(asked, entered, left, now())
}
