import fc from 'fast-check'
import {
  aCall,
  aFault,
  aLoss,
  aMoment,
  anotherLock,
  anEvent,
  aScenario,
  aWhile,
  LOSSES,
  maybeStep,
  severalNames,
} from './arbitraries.js'
import { explore } from './explore.js'

describe('everything at once', () => {
  const call = aCall({
    at: fc.nat({ max: 15 }),
    process: fc.nat({ max: 1 }),
    kind: fc.constantFrom('withLock', 'tryWithLock', 'acquire', 'tryAcquire'),
    name: severalNames,
    timeoutMs: fc.constantFrom(0, 10, 100, 10_000, Infinity),
    holdTimeoutMs: fc.constantFrom(10, 40, Infinity, Infinity),
    orphanTimeoutMs: fc.constantFrom(undefined, 3_000),
    abortAt: maybeStep,
    joins: anotherLock,
    fails: fc.boolean(),
    releases: fc.integer({ min: 1, max: 2 }),
  })
  const scenario = {
    processes: fc.constant(2),
    poolSize: fc.integer({ min: 1, max: 4 }),
    handOverMs: fc.constantFrom(0, 50, 1_000),
    strangerUntil: maybeStep,
    calls: fc.array(call, { minLength: 1, maxLength: 6 }),
  }

  it('goes well where nothing breaks', async () => {
    const events = fc.array(anEvent(aMoment), { maxLength: 4 })
    await explore(aScenario({ ...scenario, events }), 600, ['granted', 'taken', 'aborted', 'LOCK_TIMEOUT'])
  })

  it('harms nobody where anything breaks', async () => {
    const anyStatement = aFault(
      ['GET_LOCK', 'RELEASE_LOCK', 'BEGIN', 'INSERT', 'COMMIT', 'ROLLBACK', 'SET', 'PING', 'look'],
      [...LOSSES, 'error'],
    )
    const close = fc.record({ close: fc.nat({ max: 1 }) })
    const scenarios = aScenario({
      ...scenario,
      faults: fc.array(anyStatement, { maxLength: 3 }),
      events: fc.array(anEvent(aWhile, aLoss, close), { maxLength: 4 }),
    })
    await explore(scenarios, 1_300, [
      'granted',
      'aborted',
      'LOCK_LOST',
      'LOCK_FAILED',
      'COMMIT_UNKNOWN',
      'HOLD_TIMEOUT',
    ])
  })
})
