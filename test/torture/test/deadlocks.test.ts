import { Story } from './fixtures/story.js'
import { assertBroken, assertSound } from './fixtures/verdicts.js'

describe("the checker's rule 3: no deadlock where none is possible", () => {
  const met = (isOrderly: boolean, code = 'LOCK_DEADLOCK') =>
    new Story({ isOrderly }).call('x', { names: ['b', 'a'], waitMs: undefined, ending: 'fail', code }).finished()

  it('allows none to callers that ask in one order, and any to others', () => {
    assertBroken(met(true), 3, [/^x on b, a: met a deadlock/])
    assertSound(met(false))
    assertSound(met(true, 'LOCK_TIMEOUT'))
  })
})
