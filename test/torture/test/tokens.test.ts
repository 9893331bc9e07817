import type { HistoryEvent } from '@ormutex-test/torture/history/events'
import { edited, Story } from './fixtures/story.js'
import { assertBroken, assertSound } from './fixtures/verdicts.js'

/** The history with other tokens, in the grants and in the ledger. */
function withTokens(events: readonly HistoryEvent[], tokens: Readonly<Record<string, string>>): HistoryEvent[] {
  const edit = <Event extends { op: string; token: string }>(event: Event): Event => ({
    ...event,
    token: tokens[event.op] ?? event.token,
  })
  return edited(edited(events, 'acquired', edit), 'ledger', edit)
}

describe("the checker's rule 5: tokens grow", () => {
  const events = new Story()
    .call('x')
    .call('y')
    .call('z', { names: ['b'] })
    .finished()

  it('sees one that does not, as whole numbers of any size', () => {
    assertSound(withTokens(events, { x: '9', y: '10' }))
    assertSound(withTokens(events, { x: '9007199254740992', y: '9007199254740993' }))
    assertBroken(withTokens(events, { x: '9007199254740993', y: '9007199254740992' }), 5, [
      /^a: y read 1 with token 9007199254740992, x had read 0 with 9007199254740993/,
    ])
    assertBroken(withTokens(events, { x: '10', y: '9' }), 5, [/^a: y read 1/])
    assertBroken(withTokens(events, { x: '10', y: '10' }), 5, [/^a: y read 1/])
    assertBroken(withTokens(events, { y: '1.5' }), 5, [/^a: y has token 1\.5, which is no whole number/])
  })

  it('compares those of one name only, and only what was committed', () => {
    assertSound(withTokens(events, { z: '1' }))
    assertSound(withTokens(new Story().call('x').call('y', { ending: 'fail' }).finished(), { y: '1' }))
  })

  it("compares within one life of the server, as of each call's grant", () => {
    const restarted = new Story().serverStarts(1).call('x').serverStarts().call('y').call('z').finished()
    assertSound(withTokens(restarted, { y: '1', z: '2' }))
    assertBroken(withTokens(restarted, { y: '2', z: '1' }), 5, [/^a: z read 2 with token 1, y had read 1 with 2/])
    // It was asked for in one life, and granted in the next.
    const across = new Story().call('x').serverStarts(20).call('y', { at: 19, waitMs: 5 }).finished()
    assertSound(withTokens(across, { y: '1' }))
    const before = new Story().call('x').call('y', { at: 18, waitMs: 1 }).serverStarts(20).finished()
    assertBroken(withTokens(before, { y: '1' }), 5, [/^a: y read 1/])
  })

  it('in an unfinished run leaves for later what was granted when the server may have started', () => {
    const told = (at: number) =>
      withTokens(new Story().call('x').call('y').fault('half-open', { at }).sofar(), { y: '1' })
    assertBroken(told(30), 5, [/^a: y read 1/], { isComplete: false })
    assertSound(told(15), { isComplete: false })
  })
})
