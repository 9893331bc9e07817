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

  it('goes to the heir with all its names, whoever asks for one of them at that moment', async () => {
    const both = { kind: fc.constant('acquire' as const), name: fc.constant(['a', 'b']) }
    const newcomer = {
      at: fc.integer({ min: 8, max: 20 }),
      kind: fc.constant('acquire' as const),
      name: fc.constant('b'),
    }
    const scenarios = aScenario({
      calls: fc.tuple(aCall(both), aCall({ ...both, abortAt: maybeStep }), aCall(newcomer)),
      // Between two steps there is hardly more than a breath.
      gaps: fc.array(fc.nat({ max: 2 }), { minLength: 30, maxLength: 30 }),
    })
    await explore(scenarios, 600, ['granted', 'aborted'])
  })
})
