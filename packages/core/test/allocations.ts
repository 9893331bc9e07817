import { type HeapProfiler, Session } from 'node:inspector/promises'
import { memoryLocks } from '@ormutex/core/memory'
import { FakeClock } from './fake-clock.js'
import { listening } from './told.js'

/** Bytes that functions of some files allocated for one call of a kind. */
export interface Allocated {
  /** Those that ask whether anybody listens. */
  readonly callers: number
  /** Those that make what listeners are told. */
  readonly tracing: number
}

/** Of each kind of call. */
export type AllocatedByKind = Readonly<Record<string, Allocated>>

const FIRST_CALLS = 100
const FEW_CALLS = 5
const MANY_CALLS = 25
const CALLERS = /\/core\/dist\/(own-locks|joined-calls|hold|critical-section)\.js$/
const TRACING = /\/core\/dist\/(tracing|(acquire-|hold-)?trace)\.js$/

// No timer fires, however busy the machine is.
const locks = memoryLocks({ namespace: '', clock: new FakeClock() })

const KINDS: Readonly<Record<string, () => Promise<unknown>>> = {
  transaction: () => locks.withNamedLock('a', () => {}),
  'several names': () => locks.tryWithNamedLock(['a', 'b'], () => {}),
  'handed over': () => Promise.all([1, 2, 3].map(() => locks.withNamedLock('a', () => {}))),
  session: async () => (await locks.acquireNamedLock('a')).release(),
  joined: () => locks.transaction((transaction) => locks.joined(transaction).withNamedLock('a', () => {})),
}

/** What functions allocated while something ran, whatever became of it. */
async function profiled(work: () => Promise<void>): Promise<HeapProfiler.SamplingHeapProfileNode> {
  const session = new Session()
  session.connect()
  try {
    // At an interval of one byte every allocation is a sample.
    await session.post('HeapProfiler.startSampling', {
      samplingInterval: 1,
      includeObjectsCollectedByMajorGC: true,
      includeObjectsCollectedByMinorGC: true,
    } as HeapProfiler.StartSamplingParameterType)
    await work()
    return (await session.post('HeapProfiler.stopSampling')).profile.head
  } finally {
    session.disconnect()
  }
}

function bytesOf(files: RegExp, { callFrame, selfSize, children }: HeapProfiler.SamplingHeapProfileNode): number {
  return children.reduce((sum, child) => sum + bytesOf(files, child), files.test(callFrame.url) ? selfSize : 0)
}

async function repeat(call: () => Promise<unknown>, times: number): Promise<void> {
  for (let time = 0; time < times; time += 1) await call()
}

async function allocated(): Promise<AllocatedByKind> {
  const found: Record<string, Allocated> = {}
  for (const [kind, call] of Object.entries(KINDS)) {
    const few = await profiled(() => repeat(call, FEW_CALLS))
    const many = await profiled(() => repeat(call, MANY_CALLS))
    // What does not grow with the calls is the engine's.
    const perCall = (files: RegExp): number => (bytesOf(files, many) - bytesOf(files, few)) / (MANY_CALLS - FEW_CALLS)
    found[kind] = { callers: perCall(CALLERS), tracing: perCall(TRACING) }
  }
  return found
}

// What the engine makes of a function it makes in its first calls, or the first that are measured.
for (const call of Object.values(KINDS)) await repeat(call, FIRST_CALLS)
await allocated()
const unwatched = await allocated()
let watched: AllocatedByKind = {}
await listening(async () => {
  await allocated()
  watched = await allocated()
})
console.log(JSON.stringify({ unwatched, watched }))
