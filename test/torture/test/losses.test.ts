import { type CallPlan, type FaultPlan, Story } from './fixtures/story.js'
import { assertBroken, assertSound } from './fixtures/verdicts.js'

describe("the checker's rule 3: whoever holds a lock is told that its session has ended", () => {
  const target = { session: '5' }
  const held = (plan: CallPlan = {}) =>
    new Story().call('x', {
      at: 10,
      kind: 'held',
      session: '5',
      holdMs: 2_000,
      timeoutMs: 9_999,
      commits: false,
      ...plan,
    })
  const struck = (kind: string, plan: FaultPlan, call: CallPlan = {}) =>
    held(call)
      .fault(kind, { target, ...plan })
      .finished()

  it('within a second', () => {
    for (const kind of ['kill-session', 'reset']) {
      assertBroken(struck(kind, { at: 500 }), 3, [/^x: was not told within 1511\.0 ms of/])
      assertSound(struck(kind, { at: 1_500 }))
    }
  })

  it('of the server, too', () => {
    const everybody = { target: { everybody: true } }
    assertBroken(struck('server-kill', { at: 500, ...everybody }), 3, [/^x: was not told/])
    assertSound(struck('server-shutdown', { at: 500, ...everybody }))
  })

  it('by its signal in time', () => {
    assertSound(
      held().fault('reset', { at: 500, target }).says(600, { type: 'lost', op: 'x', code: 'LOCK_LOST' }).finished(),
    )
    const told = (at: number) =>
      held({ ending: 'fail' })
        .fault('reset', { at: 500, target })
        .says(at, { type: 'lost', op: 'x', code: 'LOCK_LOST' })
    assertSound(told(1_499).finished())
    assertBroken(told(1_501).finished(), 3, [/^x: was not told within 1001/])
  })

  it('unless it was another session, before the grant, or nobody could have heard of it', () => {
    assertSound(struck('reset', { at: 500, target: { session: '6' } }))
    assertSound(struck('reset', { at: 10.5 }))
    assertSound(struck('kill-query', { at: 500 }))
    assertSound(held().fault('half-open', { at: 400, target }).fault('reset', { at: 500, target }).finished())
    const stopped = { at: 600, forMs: 600, target: { worker: 'w1' } }
    assertSound(held().fault('reset', { at: 500, target }).fault('stop-client', stopped).finished())
  })

  it('where the library can hear of it', () => {
    assertSound(struck('reset', { at: 500 }, { hearsOfLosses: false }))
  })

  it('of what writes nothing: everything else fails by itself', () => {
    assertSound(struck('reset', { at: 500 }, { kind: 'transaction', commits: true }))
  })
})
