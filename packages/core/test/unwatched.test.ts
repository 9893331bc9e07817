import assert from 'node:assert/strict'
import { type HeapProfiler, Session } from 'node:inspector/promises'
import { memoryLocks } from '@ormutex/core/memory'
import { listening } from './told.js'

const ROUNDS = 20

/** Where everything is made for those who listen. */
const TRACING = /\/dist\/(tracing|(acquire-|hold-)?trace)\.js$/

const locks = memoryLocks({ namespace: '' })

/** One of each kind, alone and handed on. */
async function rounds(): Promise<void> {
  for (let round = 0; round < ROUNDS; round += 1) {
    await locks.withNamedLock('a', () => {})
    await Promise.all([1, 2, 3].map(() => locks.withNamedLock('b', () => {})))
    await locks.tryWithNamedLock(['a', 'b'], () => {})
    await (await locks.acquireNamedLock('a')).release()
    await locks.transaction((transaction) => locks.joined(transaction).withNamedLock('a', () => {}))
  }
}

/** Bytes that functions of some files allocated while something ran, whatever became of them. */
async function allocatedBy(files: RegExp, work: () => Promise<void>): Promise<number> {
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
    const { profile } = await session.post('HeapProfiler.stopSampling')
    const sum = ({ callFrame, selfSize, children }: HeapProfiler.SamplingHeapProfileNode): number =>
      children.reduce((total, child) => total + sum(child), files.test(callFrame.url) ? selfSize : 0)
    return sum(profile.head)
  } finally {
    session.disconnect()
  }
}

describe('with nobody who listens', () => {
  it('nothing is made for the tracing channels', async () => {
    // What the engine makes of a function it makes once, or once in a profile: two bytes for each round are no object for each.
    const unwatched: number[] = []
    for (let time = 0; time < 3; time += 1) unwatched.push(await allocatedBy(TRACING, rounds))
    assert.ok(Math.min(...unwatched) < ROUNDS * 2, `${unwatched.join()} bytes`)
    // The same measure sees what is made for those who listen.
    await listening(async () => {
      const watched = await allocatedBy(TRACING, rounds)
      assert.ok(watched > ROUNDS * 500, `${watched} bytes`)
    })
  })
})
