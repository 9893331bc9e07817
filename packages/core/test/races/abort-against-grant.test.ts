import fc from 'fast-check'
import { aCall, anEvent, anyStep, aScenario, aWhile, maybeStep, severalNames } from './arbitraries.js'
import { explore } from './explore.js'

describe('an abort against a grant', () => {
  it('leaves no lock behind, and no caller that turned away has one', async () => {
    const scenarios = aScenario({
      strangerUntil: maybeStep,
      calls: fc.array(aCall({ name: severalNames, abortAt: anyStep }), { minLength: 1, maxLength: 2 }),
      events: fc.array(anEvent(aWhile), { maxLength: 2 }),
    })
    await explore(scenarios, 1_000, ['granted', 'aborted'])
  })
})
