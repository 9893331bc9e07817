import { setTimeout as sleep } from 'node:timers/promises'
import { ledgerEvents, readCounters, readLocks, readTransactions } from './database.js'
import type { Field } from './field.js'

/** What is on its way when the last call has settled has so long to end: the longest that the library lets a release take, and more. */
const SETTLING_MS = 8_000
const LOOK_EVERY_MS = 100

/** Records what is there when all calls are over, before any pool is closed. */
export async function recordRemains(field: Field): Promise<void> {
  const { line, recorder, crew } = field
  const isQuiet = await becomesQuiet(field)
  await crew.tryAll()
  // Otherwise what is left is found below, and not worth another wait.
  if (isQuiet) await becomesQuiet(field)
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
    if (await isAtRest(field)) return true
  }
  return false
}

async function isAtRest({ line, crew }: Field): Promise<boolean> {
  const inspections = await crew.inspect()
  const areWorkersAtRest = inspections.every(
    ({ pools, running }) =>
      running.length === 0 && pools.every(({ open, free, pending }) => open === free && pending === 0),
  )
  return areWorkersAtRest && (await readLocks(line)).length === 0 && (await readTransactions(line)).length === 0
}
