import { tracingChannel } from 'node:diagnostics_channel'
import type { AcquireMessage, HoldMessage } from '@ormutex/core'

const EVENTS = ['start', 'end', 'asyncStart', 'asyncEnd', 'error'] as const

/** What listeners were told: messages as they are at the end, events in their order. */
export interface Told {
  readonly acquired: readonly AcquireMessage[]
  readonly held: readonly HoldMessage[]
  /** `acquire start`, `hold asyncEnd` … */
  readonly events: readonly string[]
}

/** Listens to everything while something runs. */
export async function listening(work: (told: Told) => Promise<void>): Promise<Told> {
  const events: string[] = []
  const subscribers = (kind: string, begun: (message: object) => void) =>
    Object.fromEntries(
      EVENTS.map((event) => [
        event,
        (message: object) => {
          events.push(`${kind} ${event}`)
          if (event === 'start') begun(message)
        },
      ]),
    ) as Record<(typeof EVENTS)[number], (message: object) => void>
  const acquired: AcquireMessage[] = []
  const held: HoldMessage[] = []
  const toAcquire = subscribers('acquire', (message) => acquired.push(message as AcquireMessage))
  const toHold = subscribers('hold', (message) => held.push(message as HoldMessage))
  tracingChannel('ormutex:acquire').subscribe(toAcquire)
  tracingChannel('ormutex:hold').subscribe(toHold)
  const told = { acquired, held, events }
  try {
    await work(told)
  } finally {
    tracingChannel('ormutex:acquire').unsubscribe(toAcquire)
    tracingChannel('ormutex:hold').unsubscribe(toHold)
  }
  return told
}
