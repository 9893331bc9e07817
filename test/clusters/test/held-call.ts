import assert from 'node:assert/strict'
import type { LockingClient, Section, Send } from './locking-client.js'

/** How a call ended: with a result, or rejected. */
export interface Outcome {
  readonly value?: unknown
  readonly error?: unknown
}

/** A call whose callback waits under its lock for the test. */
export interface HeldCall {
  /** The callback's, which has done its first part. */
  readonly send: Send
  /** Lets the callback return. */
  finish(): void
  readonly outcome: Promise<Outcome>
}

/** Calls, and answers when the callback has the lock and has done its first part. */
export async function hold(client: LockingClient, name: string, first: Section<unknown>): Promise<HeldCall> {
  let finish!: () => void
  const finished = new Promise<void>((resolve) => (finish = resolve))
  return new Promise((resolve, reject) => {
    const call = client.withLock(name, async (send, lock) => {
      await first(send, lock)
      resolve({ send, finish, outcome })
      await finished
      return 'done'
    })
    const outcome: Promise<Outcome> = call.then(
      (value) => ({ value }),
      (error: unknown) => {
        reject(error)
        return { error }
      },
    )
  })
}

const LONGEST_MS = 30_000

/** The end of a call, which has to come. */
export async function outcomeOf(call: HeldCall): Promise<Outcome> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new assert.AssertionError({ message: 'the call did not end' })), LONGEST_MS)
  })
  try {
    return await Promise.race([call.outcome, late])
  } finally {
    clearTimeout(timer)
  }
}
