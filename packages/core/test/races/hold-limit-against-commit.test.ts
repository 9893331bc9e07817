import fc from 'fast-check'
import { aCall, aMoment, anEvent, aScenario } from './arbitraries.js'
import { explore } from './explore.js'

describe('the limit of a hold against its end', () => {
  const events = fc.array(anEvent(aMoment), { minLength: 1, maxLength: 3 })

  it('commits, or tells that it did not: never both', async () => {
    const call = aCall({ kind: fc.constant('withLock'), holdTimeoutMs: fc.constantFrom(10, 40), fails: fc.boolean() })
    const calls = fc.array(call, { minLength: 1, maxLength: 3 })
    await explore(aScenario({ calls, events }), 700, ['granted', 'HOLD_TIMEOUT', 'own error'])
  })

  it('releases a lock without a transaction once, whoever is first', async () => {
    const call = aCall({
      kind: fc.constant('acquire'),
      holdTimeoutMs: fc.constantFrom(10, 40),
      releases: fc.integer({ min: 1, max: 2 }),
    })
    await explore(aScenario({ calls: fc.array(call, { minLength: 1, maxLength: 3 }), events }), 400, ['granted'])
  })
})
