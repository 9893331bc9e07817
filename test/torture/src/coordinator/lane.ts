import { setTimeout as sleep } from 'node:timers/promises'
import type { FaultTarget } from '../history/events.js'
import { hit } from './aim.js'
import { faultNamed } from './faults/catalogue.js'
import type { Fault, Relief } from './faults/fault.js'
import type { Field, Victim } from './field.js'
import type { PlannedFault } from './schedule.js'

/** Strikes one planned fault after the other until the run is over; everything that was struck is relieved by then. */
export async function runLane(field: Field, faults: readonly PlannedFault[]): Promise<void> {
  const beside: Promise<void>[] = []
  const queue = [...faults]
  for (let planned = queue.shift(); planned !== undefined; planned = queue.shift()) {
    await pause(field, planned.afterMs)
    if (field.over.aborted) break
    const fault = faultNamed(planned.kind)
    if (fault.needsClock === true && field.server.setClock === undefined) continue
    const inflicted = (): Promise<boolean> => inflict(field, planned, fault, beside)
    const isInflicted = await (fault.lane === 'server' || fault.needsServer === true
      ? field.onServer(inflicted)
      : inflicted())
    // Nobody was where it could be struck. Soon, but not at once, since that may last.
    if (!isInflicted) queue.splice(2, 0, planned)
  }
  await Promise.all(beside)
}

/** Answers whether there was somebody to be struck. What goes on beside the lane is added to `beside`; else it is over. */
async function inflict(field: Field, planned: PlannedFault, fault: Fault, beside: Promise<void>[]): Promise<boolean> {
  const struck = await strike(field, planned, fault)
  if (struck === undefined) return false
  const relieved = relieve(field, fault, struck)
  if (fault.runsBeside === true) {
    beside.push(relieved)
    // What fails is thrown where it is waited for.
    relieved.catch(() => {})
  } else {
    await relieved
  }
  return true
}

/** Longest that a server or a worker may take to come again, in milliseconds. */
const RELIEF_MS = 30_000

interface Struck {
  readonly id: string
  readonly relief: Relief | void
}

async function strike(field: Field, planned: PlannedFault, fault: Fault): Promise<Struck | undefined> {
  const { kind, phase, pick, isEarly } = planned
  const suits = (victim: Victim): boolean =>
    (fault.suits?.(victim) ?? true) && (fault.scope !== 'session' || field.proxy.session(victim.session) !== undefined)
  const aim = { phase, pick, isEarly, suits }
  return hit(field, aim, async (victim) => {
    const id = field.strike(kind, phase, targetOf(fault, victim), victim.names)
    return { id, relief: await fault.strike(field, victim, phase) }
  })
}

async function relieve(field: Field, fault: Fault, { id, relief }: Struck): Promise<void> {
  await pause(field, fault.lastsMs)
  if (relief !== undefined) await inTime(relief(), fault)
  field.recorder.record({ type: 'fault-over', fault: id })
}

/** So that a run ends, whatever it does. */
async function inTime(relieved: Promise<void> | void, { scope }: Fault): Promise<void> {
  const limit = new AbortController()
  const tooLate = sleep(RELIEF_MS, undefined, { signal: limit.signal }).then(
    () => Promise.reject(new Error(`A fault of the scope ${scope} could not be undone within ${RELIEF_MS} ms`)),
    () => {},
  )
  await Promise.race([relieved, tooLate]).finally(() => limit.abort())
}

function targetOf({ scope }: Fault, { session, worker }: Victim): FaultTarget {
  if (scope === 'everybody') return { everybody: true }
  return scope === 'worker' ? { worker } : { session }
}

async function pause({ over }: Field, ms: number): Promise<void> {
  await sleep(ms, undefined, { signal: over }).catch(() => {})
}
