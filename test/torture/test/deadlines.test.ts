import type { CallKind } from '@ormutex-test/torture/history/events'
import { type CallPlan, edited, Story } from './fixtures/story.js'
import { assertBroken, assertSound } from './fixtures/verdicts.js'

const TIMES = { at: 10, timeoutMs: 100, holdTimeoutMs: 200 }
/** The last moments that are in time. */
const LAST_GRANT = 10 + 100 + 1_000
const LAST_END = 10 + 100 + 200 + 1_000

/** A call that was granted its lock, and ended, at these moments. */
function granted(grant: number, end: number, plan: CallPlan = {}): Story {
  return new Story().call('x', { ...TIMES, waitMs: grant - 10, holdMs: end - 1 - grant, ...plan })
}

/** A call that ended without a grant. */
function denied(end: number, plan: CallPlan = {}): Story {
  return new Story().call('x', {
    ...TIMES,
    waitMs: undefined,
    holdMs: end - 1 - 10,
    ending: 'fail',
    code: 'LOCK_TIMEOUT',
    ...plan,
  })
}

describe("the checker's rule 3: every call ends by its deadline", () => {
  it('wants the wait to end by its own deadline, with the lock or without', () => {
    assertSound(granted(LAST_GRANT, LAST_GRANT + 5).finished())
    assertBroken(granted(LAST_GRANT + 1, LAST_GRANT + 5).finished(), 3, [/^x on a: waited 1101\.0 ms, asked for 100/])
    assertSound(denied(LAST_GRANT).finished())
    assertBroken(denied(LAST_GRANT + 1).finished(), 3, [/^x on a: waited 1101\.0 ms/])
  })

  it('counts a wait from when the lock is asked for, and does not count what follows the grant', () => {
    const asked = (at: number, kind: CallKind = 'joined'): Story =>
      denied(LAST_GRANT + 200, { kind }).says(at, { type: 'asking', op: 'x' })
    assertSound(asked(210).finished())
    assertBroken(asked(209).finished(), 3, [/^x on a: waited 1101\.0 ms/])
    // Then the transaction ended.
    assertSound(asked(20).says(LAST_GRANT, { type: 'refused', op: 'x' }).finished())
    for (const code of ['LOCK_LOST', 'HOLD_TIMEOUT', 'ECONNRESET']) assertSound(denied(LAST_END, { code }).finished())
  })

  it('wants the whole call to end by its own deadline, whatever its outcome', () => {
    for (const ending of ['ok', 'fail', 'unknown'] as const) {
      assertSound(granted(20, LAST_END, { ending }).finished())
      assertBroken(granted(20, LAST_END + 1, { ending }).finished(), 3, [
        /^x on a: took 1301\.0 ms, asked for 100 ms of waiting and 200 ms of holding/,
      ])
    }
  })

  it("does not judge how long a transaction of the ORM's own takes, but its wait", () => {
    for (const kind of ['joined', 'fenced'] satisfies CallKind[]) {
      assertSound(granted(20, LAST_END + 9_999, { kind }).finished())
      assertBroken(granted(LAST_GRANT + 1, LAST_GRANT + 5, { kind }).finished(), 3, [/^x on a: waited/])
      assertBroken(denied(LAST_GRANT + 1, { kind }).finished(), 3, [/^x on a: waited/])
    }
    for (const kind of ['try', 'held'] satisfies CallKind[])
      assertBroken(granted(20, LAST_END + 1, { kind }).finished(), 3, [/^x on a: took/])
  })

  it('judges only the first of several waits in one transaction', () => {
    const story = granted(20, LAST_GRANT + 100, { kind: 'joined', names: ['a', 'b'] })
    const second = edited(story.finished(), 'acquired', (event) => [
      { ...event, names: ['a'] },
      { ...event, names: ['b'], at: LAST_GRANT + 50 },
    ])
    assertSound(second)
  })

  it('does not count the time for which the worker was stopped', () => {
    const target = { worker: 'w1' }
    const late = () => granted(LAST_GRANT + 300, LAST_END + 300)
    assertSound(late().fault('stop-client', { at: 50, forMs: 300, target }).finished())
    // Twice at once stops no more than once.
    const twice = late()
      .fault('stop-client', { at: 50, forMs: 200, target })
      .fault('stop-client', { at: 100, forMs: 250, target })
    assertSound(twice.finished())
    const short = late()
      .fault('stop-client', { at: 50, forMs: 200, target })
      .fault('stop-client', { at: 100, forMs: 200, target })
    assertBroken(short.finished(), 3, [/^x on a: waited 1150\.0 ms/])
  })

  it('does not count the time for which the machine kept the worker from running', () => {
    const late = () => granted(LAST_GRANT + 300, LAST_END + 300)
    const stalled = (ms: number) => ({ type: 'stalled', ms }) as const
    assertSound(late().says(400, stalled(300)).finished())
    assertBroken(late().says(400, stalled(200)).finished(), 3, [/^x on a: waited 1200\.0 ms/])
    // Of a stop it tells, too, when it runs again.
    const stopped = late().fault('stop-client', { at: 100, forMs: 200, target: { worker: 'w1' } })
    assertBroken(stopped.says(300, stalled(200)).finished(), 3, [/^x on a: waited 1200\.0 ms/])
    assertBroken(late().says(400, stalled(300), 'w2').finished(), 3, [/^x on a: waited/])
  })

  it('counts the time of another fault, of another worker, before the call and after it', () => {
    const late = () => granted(20, LAST_END + 300)
    for (const story of [
      late().fault('half-open', { at: 50, forMs: 300, target: { worker: 'w1' } }),
      late().fault('stop-client', { at: 50, forMs: 300, target: { worker: 'w2' } }),
      late().fault('stop-client', { at: 50, forMs: 300, target: { op: 'x' } }),
      late().fault('stop-client', { at: 0, forMs: 10, target: { worker: 'w1' } }),
      late().fault('stop-client', { at: LAST_END + 301, forMs: 300, target: { worker: 'w1' } }),
    ])
      assertBroken(story.finished(), 3, [/^x on a: took/])
  })

  it('counts calls of a worker that was killed until then', () => {
    const killed = (at: number, plan: CallPlan) =>
      new Story()
        .call('x', { ...TIMES, ending: 'never', commits: undefined, ...plan })
        .workerEnds('w1', at)
        .finished()
    // Whether one that had not got to its section was still waiting, nobody knows.
    for (const plan of [{}, { waitMs: undefined }]) {
      assertSound(killed(LAST_END, plan))
      assertBroken(killed(LAST_END + 1, plan), 3, [/^x on a: took/])
    }
  })

  it('does not count the time for which a worker was stopped that was killed then', () => {
    const story = new Story().call('x', { ...TIMES, ending: 'never' })
    story.fault('stop-client', { at: 100, target: { worker: 'w1' } }).workerEnds('w1', LAST_END + 50)
    assertSound(story.call('y', { by: 'w1' }).finished())
    // Its successor was not stopped.
    const next = story.call('z', { ...TIMES, at: story.now, holdMs: LAST_END })
    assertBroken(next.finished(), 3, [/^z on a: took/])
  })

  it('wants every call of a worker that lived to settle', () => {
    const story = () => new Story().call('x', { ending: 'never', isCommitted: true })
    assertBroken(story().finished(), 3, [/^x on a: never settled/])
    // An earlier process of that name was killed, not the one that made the call.
    assertBroken(new Story().call('y').workerEnds('w1').call('x', { ending: 'never' }).finished(), 3, [
      /^x on a: never/,
    ])
    // It ended, but as workers do that have nothing left to do.
    const ended = story()
    const pidOfWorker = ended.pidOf('w1')
    const events = ended.finished()
    const { at } = events.at(-1)!
    const bye = {
      type: 'worker-ended',
      worker: 'w1',
      pidOfWorker,
      at: at + 1,
      pid: 1,
      seed: 7,
      by: 'coordinator',
    } as const
    assertBroken([...events, bye], 3, [/^x on a: never settled/])
  })

  it('wants no lock granted to a call that had settled', () => {
    const story = new Story().call('x', { at: 10, waitMs: undefined, ending: 'fail', holdMs: 4, code: 'LOCK_TIMEOUT' })
    story.says(17, { type: 'acquired', op: 'x', names: ['a'], session: '1007', token: '1', waitedMs: 7 })
    assertBroken(story.finished(), 3, [/^x on a: was granted its lock 2\.0 ms after it had settled/])
  })

  it('in an unfinished run judges by what the worker has lived to see', () => {
    const isComplete = false
    const waiting = () => new Story().call('x', { ...TIMES, waitMs: undefined, ending: 'never' })
    const later = (at: number, by = 'w1') =>
      waiting()
        .call('y', { at, by, names: ['b'], holdMs: 1 })
        .serverStarts(9_999)
    assertSound(waiting().serverStarts(9_999).sofar(), { isComplete })
    assertSound(later(LAST_END - 5).sofar(), { isComplete })
    assertBroken(later(LAST_END).sofar(), 3, [/^x on a: took/], { isComplete })
    assertSound(later(LAST_END, 'w2').sofar(), { isComplete })
    // Whether it was stopped meanwhile may only not be known yet.
    const unknown = waiting()
      .call('y', { at: LAST_END, names: ['b'] })
      .serverStarts(500)
    assertSound(
      edited(unknown.sofar(), 'ledger', () => []),
      { isComplete },
    )
  })
})
