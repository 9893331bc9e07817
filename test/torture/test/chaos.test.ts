import assert from 'node:assert/strict'
import { check } from '@ormutex-test/torture/checker/check'
import fc from 'fast-check'
import { chaos } from './fixtures/chaos.js'
import { CORRUPTIONS } from './fixtures/corruptions.js'
import { assertSound } from './fixtures/verdicts.js'

const PARTS = 8

describe('the checker, on any history', () => {
  it('takes one that a correct library leaves, whatever befalls it', () => {
    let staleBeliefs = 0
    fc.assert(
      fc.property(chaos, (story) => {
        assertSound(story.finished())
        staleBeliefs += Object.values(check(story.finished()).figures.staleBeliefMs).flat().length
      }),
    )
    assert.ok(staleBeliefs > 0)
  })

  it('takes whatever is known of such a one while it goes on, of each process up to a moment of its own', () => {
    const cuts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: PARTS, maxLength: PARTS })
    fc.assert(
      fc.property(chaos, cuts, fc.nat(), (story, shares, rows) => {
        const known = story.sofar().filter((event) => {
          // The ledger of any moment, but not with one update and without an earlier one.
          if (event.type === 'ledger') return event.readValue < rows % 20
          return event.at <= shares[event.pid % PARTS]! * story.now
        })
        assertSound(known, { isComplete: false })
      }),
      { numRuns: 300 },
    )
  })

  for (const { title, rules, corrupt } of CORRUPTIONS)
    it(`rejects it as soon as ${title}`, () => {
      fc.assert(
        fc.property(chaos, fc.nat(), (story, pick) => {
          const corrupted = corrupt(story.finished(), pick)
          fc.pre(corrupted !== undefined)
          const { violations } = check(corrupted)
          const told = JSON.stringify(violations, undefined, 1)
          assert.deepEqual(new Set(violations.map(({ rule }) => rule)), new Set(rules), told)
        }),
        { numRuns: 50 },
      )
    })
})
