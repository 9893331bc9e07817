import fc from 'fast-check'
import { aCall, anEvent, anotherLock, aScenario, aWhile, maybeStep, severalNames } from './arbitraries.js'
import { explore } from './explore.js'

describe('a hand-over against an abort of the heir', () => {
  it('goes to somebody who wants it, or back to the server', async () => {
    const heir = aCall({
      at: fc.nat({ max: 20 }),
      name: severalNames,
      abortAt: maybeStep,
      joins: anotherLock,
      fails: fc.boolean(),
    })
    const scenarios = aScenario({
      handOverMs: fc.constantFrom(20, 50, 1_000),
      // One kind in one race: a lock is handed only to the same kind of holder.
      calls: fc.constantFrom<('withLock' | 'acquire')[]>('withLock', 'acquire').chain((kind) =>
        fc.array(
          heir.map((call) => ({ ...call, kind })),
          { minLength: 2, maxLength: 4 },
        ),
      ),
      events: fc.array(anEvent(aWhile), { maxLength: 1 }),
    })
    await explore(scenarios, 1_000, ['granted', 'aborted', 'own error'])
  })
})
