import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { rejection } from './rejection.js'
import { timed } from './timing.js'

/** Time for a wait to get to the server before it is aborted, in milliseconds. */
const HEAD_START_MS = 50

/** Aborts a wait and answers how long it went on, in milliseconds; it has to reject with the signal's reason. */
export async function timedAbort(wait: (signal: AbortSignal) => Promise<unknown>): Promise<number> {
  const controller = new AbortController()
  const reason = new Error('changed my mind')
  const waiting = rejection(wait(controller.signal))
  await sleep(HEAD_START_MS)
  return timed(async () => {
    controller.abort(reason)
    assert.equal(await waiting, reason)
  })
}
