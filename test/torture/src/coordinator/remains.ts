import { setTimeout as sleep } from 'node:timers/promises'
import { ledgerEvents, readCounters, readLocks, readTransactions } from './database.js'
import type { Field } from './field.js'

/** What is on its way when the last call has settled has so long to end: the longest that the library lets a release take, and more. */
const SETTLING_MS = 8_000
const LOOK_EVERY_MS = 100

/** Records what is there when all calls are over, before any pool is closed. */
export async function recordRemains(field: Field): Promise<void> {
  const { line, recorder, crew } = field
  if (await becomesQuiet(field)) {
    await crew.tryAll()
    await becomesQuiet(field)
  } else {
    // What is left is found below, and not worth another wait.
    await crew.tryAll()
  }
  await crew.record()
  for (const { key, status, session, account } of await readLocks(line)) {
    const what = status === 'GRANTED' ? 'lock' : 'wait'
    recorder.record({ type: 'leftover', what, session, detail: `${key} of ${account}` })
  }
  for (const { session } of await readTransactions(line)) {
    recorder.record({ type: 'leftover', what: 'transaction', session, detail: 'is open' })
  }
  for (const { name, v } of await readCounters(line)) recorder.record({ type: 'counter', name, value: v })
  for (const event of await ledgerEvents(line)) recorder.record(event)
}

async function becomesQuiet(field: Field): Promise<boolean> {
  for (const end = performance.now() + SETTLING_MS; performance.now() < end; await sleep(LOOK_EVERY_MS)) {
    if (await isQuiet(field)) return true
  }
  return false
}

async function isQuiet({ line, crew }: Field): Promise<boolean> {
  const inspections = await crew.inspect()
  const isAtRest = inspections.every(
    ({ pools, running }) =>
      running.length === 0 && pools.every(({ open, free, pending }) => open === free && pending === 0),
  )
  return isAtRest && (await readLocks(line)).length === 0 && (await readTransactions(line)).length === 0
}
