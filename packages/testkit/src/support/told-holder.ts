import type { Holder } from '@ormutex/core'
import { calm } from './timing.js'

/** How often more it is tried to be told who has a lock, on a machine that has much else to do. */
const BUSY_TRIES = 5

/**
 * What calls that are refused are told, once it says who has the lock: to ask for that must not make a call late, so one that a busy
 * machine was slow to answer has not found out.
 */
export async function whenTold<T>(refused: () => Promise<T>, isTold: (answer: T) => boolean): Promise<T> {
  let answer = await refused()
  for (let tries = 0; tries < BUSY_TRIES && !isTold(answer); tries += 1) {
    await calm()
    answer = await refused()
  }
  return answer
}

/** The same for one call: the holder that it is told. */
export function toldHolder(refused: () => Promise<Holder | null>): Promise<Holder | null> {
  return whenTold(refused, (holder) => holder !== null)
}
