import fc from 'fast-check'
import { aCall, aMoment, anEvent, aScenario, severalNames } from './arbitraries.js'
import { explore } from './explore.js'

describe('a release that is called again', () => {
  it('does nothing, whoever has the lock by then', async () => {
    const scenarios = aScenario({
      handOverMs: fc.constantFrom(0, 50),
      calls: fc.array(
        aCall({ kind: fc.constant('acquire'), name: severalNames, releases: fc.integer({ min: 1, max: 3 }) }),
        {
          minLength: 2,
          maxLength: 4,
        },
      ),
      events: fc.array(anEvent(aMoment), { maxLength: 1 }),
    })
    await explore(scenarios, 700, ['granted'])
  })
})
