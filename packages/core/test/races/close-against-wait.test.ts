import fc from 'fast-check'
import { aCall, anEvent, aScenario, maybeStep, severalNames } from './arbitraries.js'
import { explore } from './explore.js'

describe('the end of a source against those who wait', () => {
  it('gives up every wait, and lets whoever has a transaction come to its end', async () => {
    const scenarios = aScenario({
      strangerUntil: maybeStep,
      calls: fc.array(aCall({ name: severalNames }), { minLength: 1, maxLength: 4 }),
      events: fc.array(anEvent(fc.constant({ close: 0 })), { minLength: 1, maxLength: 2 }),
    })
    await explore(scenarios, 700, ['granted', 'LOCK_FAILED'])
  })

  it('leaves nothing on the session that others share, whatever is being asked for there', async () => {
    const call = aCall({
      at: fc.nat({ max: 12 }),
      kind: fc.constantFrom('acquire', 'tryAcquire'),
      name: fc.constantFrom('a', 'b', 'c', ['a', 'c']),
    })
    const scenarios = aScenario({
      calls: fc.array(call, { minLength: 3, maxLength: 5 }),
      events: fc.tuple(fc.record({ at: fc.integer({ min: 6, max: 24 }), what: fc.constant({ close: 0 }) })),
    })
    await explore(scenarios, 600, ['granted', 'LOCK_FAILED'])
  })
})
