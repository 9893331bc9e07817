import { edited, Story, without } from './fixtures/story.js'
import { assertBroken, assertSound } from './fixtures/verdicts.js'

describe("the checker's rule 6: a run proves something", () => {
  it('wants the beginning and the end of the history', () => {
    const events = new Story().call('x').finished()
    assertSound(events)
    assertBroken(without(events, 'end'), 6, [/has no end/])
    assertBroken(without(events, 'run'), 6, [/has no run event/])
  })

  it('wants so many acquisitions', () => {
    const story = (leastAcquisitions: number) =>
      new Story({ leastAcquisitions }).call('x').call('y', { waitMs: undefined, ending: 'fail' }).call('z').finished()
    assertSound(story(2))
    assertBroken(story(3), 6, [/^2 acquisitions, expected at least 3/])
  })

  it('wants a fifth of so many calls that no fault has met', () => {
    const story = (struck: boolean) => {
      const told = new Story({ leastAcquisitions: 5 })
      for (const op of ['u', 'v', 'x', 'y', 'z']) told.call(op)
      return struck ? told.fault('half-open', { at: 0, forMs: told.now, target: { everybody: true } }) : told
    }
    assertSound(story(false).finished())
    assertBroken(story(true).finished(), 6, [/^only 0 calls with a lock met no fault, expected at least 1/])
  })

  it('wants each fault at each moment', () => {
    const requires = [
      { kind: 'kill-client', phase: 'holding' },
      { kind: 'kill-client', phase: 'waiting' },
    ] as const
    const story = new Story({ requires }).call('x').fault('kill-client', { at: 12, phase: 'holding' })
    const other = edited(story.finished(), 'fault', (fault) => [
      fault,
      { ...fault, kind: 'half-open', phase: 'waiting' },
    ])
    assertBroken(other, 6, [/^no fault of kind kill-client while waiting/])
    assertSound(story.fault('kill-client', { at: 13, phase: 'waiting' }).finished())
  })

  it('wants calls in doubt that have committed, and such that have not', () => {
    const story = (...outcomes: readonly boolean[]) => {
      const told = new Story({ requiresUnknown: true })
      outcomes.forEach((isCommitted, index) => told.call(`x${index}`, { ending: 'unknown', isCommitted }))
      return told
    }
    assertSound(story(true, false).finished())
    assertBroken(story(true).finished(), 6, [/^every call in doubt has committed/])
    assertBroken(story(false).finished(), 6, [/^no call in doubt has committed/])
    assertBroken(story().call('x').finished(), 6, [/^no call in doubt/, /^every call in doubt/])

    const killed = (isCommitted: boolean, commits: boolean) =>
      story(!isCommitted).call('x', { ending: 'never', isCommitted, commits }).workerEnds('w1').finished()
    assertSound(killed(true, true))
    assertSound(killed(false, true))
    assertBroken(killed(false, false), 6, [/^every call in doubt has committed/])
  })

  it('wants nothing of an unfinished run', () => {
    const story = new Story({
      leastAcquisitions: 9,
      requiresUnknown: true,
      requires: [{ kind: 'k', phase: 'waiting' }],
    })
    assertSound(story.call('x').sofar(), { isComplete: false })
  })
})
