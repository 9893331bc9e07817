import { type Check, fail, ok, warn } from '../check.js'
import { DISTRUST } from '../distrust.js'
import { inMs } from '../figures.js'
import { newKey } from '../locking.js'

interface Answer {
  readonly granted: boolean
  readonly waitedMs: number
}

/** Neither a whole second, to which MySQL would round it, nor a long time. */
const WAIT_MS = 300
/** What the library promises of `timeoutMs`. */
const TOLERANCE_MS = 50

export const waiting: Check<Answer> = {
  id: 'waiting',
  title: 'Waiting',
  async ask({ locking, witnesses: [first, second] }) {
    const key = newKey()
    await locking.take(first.query, key, 0)
    const begun = performance.now()
    const granted = (await locking.take(second.query, key, WAIT_MS)) !== undefined
    const waitedMs = performance.now() - begun
    await locking.release(first.query, key)
    return { granted, waitedMs }
  },
  judge({ granted, waitedMs }) {
    const figures = { askedMs: WAIT_MS, waitedMs }
    if (granted)
      return fail('A wait for a lock was granted while another connection had it.', { figures, advice: DISTRUST })
    const waited = `A wait of ${WAIT_MS} ms for a taken lock ended after ${inMs(waitedMs)}`
    if (Math.abs(waitedMs - WAIT_MS) <= TOLERANCE_MS) return ok(`${waited}.`, { figures })
    return warn(`${waited}, which is off by more than ${TOLERANCE_MS} ms.`, {
      figures,
      advice: 'A busy server or a slow network explains that; otherwise count on timeoutMs as roughly as this.',
    })
  },
}
