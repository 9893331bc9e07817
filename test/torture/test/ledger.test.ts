import type { CallKind } from '@ormutex-test/torture/history/events'
import { edited, Story, tokenAt, without } from './fixtures/story.js'
import { assertBroken, assertSound } from './fixtures/verdicts.js'

const WRITERS: readonly CallKind[] = ['transaction', 'try', 'joined', 'fenced']

describe("the checker's rule 2: what calls report is what the ledger has", () => {
  for (const kind of WRITERS)
    it(`wants a row for each name of a call that committed (${kind})`, () => {
      const told = new Story().call('x', { kind, names: ['a', 'b'] })
      assertSound(told.finished())
      const none = new Story().call('x', { kind, isCommitted: false })
      assertBroken(none.finished(), 2, [/^x on a: ok, but is not in the ledger/])
    })

  it('wants all names of one call, or none, however it ended', () => {
    for (const ending of ['ok', 'unknown', 'never'] as const) {
      const story = new Story().call('x', { names: ['a', 'b'], ending, isCommitted: true }).call('y', { by: 'w2' })
      if (ending === 'never') story.workerEnds('w1')
      assertSound(story.finished())
      const rows = edited(story.finished(), 'ledger', (row) => (row.name === 'b' ? [] : row))
      const events = edited(rows, 'counter', (counter) => (counter.name === 'b' ? { ...counter, value: 0 } : counter))
      assertBroken(events, 2, [/^x: is in the ledger for a, but not for b/])
    }
  })

  it('wants no row of a name that was not asked for, and none twice', () => {
    const story = new Story().call('x').finished()
    const counted = (name: string, value: number) =>
      edited(story, 'counter', (counter) => (counter.name === name ? { ...counter, value } : counter))
    const other = edited(counted('b', 1), 'ledger', (row) => [row, { ...row, name: 'b' }])
    assertBroken(other, 2, [/^x: is in the ledger for b without need/, /^x on b: .* without the lock/])
    const twice = edited(counted('a', 2), 'ledger', (row) => [row, { ...row, readValue: 1, token: tokenAt(99) }])
    assertBroken(twice, 2, [/^x: is in the ledger for a without need/, /^x on a: the row that read 1 has token/])
  })

  it('wants no row of a call that failed', () => {
    assertSound(new Story().call('x', { ending: 'fail' }).finished())
    assertSound(new Story().call('x', { ending: 'fail', waitMs: undefined, code: 'LOCK_TIMEOUT' }).finished())
    const story = new Story().call('x', { ending: 'fail', commits: true, isCommitted: true })
    assertBroken(story.finished(), 2, [/^x on a: failed \(LOCK_LOST\), but is in the ledger/])
    assertBroken(story.sofar(), 2, [/^x on a: failed/], { isComplete: false })
  })

  it('wants no row of a call that only held', () => {
    assertSound(new Story().call('x', { kind: 'held' }).finished())
    for (const ending of ['ok', 'unknown'] as const) {
      const story = new Story().call('x', { kind: 'held', ending, commits: true, isCommitted: true })
      assertBroken(story.finished(), 2, [/^x on a: writes nothing/])
    }
  })

  it('takes an unknown call either way, if it had come to its COMMIT', () => {
    for (const isCommitted of [true, false])
      assertSound(new Story().call('x', { ending: 'unknown', isCommitted }).call('y').finished())
    for (const commits of [false, undefined])
      assertBroken(new Story().call('x', { ending: 'unknown', commits }).finished(), 2, [
        /^x on a: unknown \(LOCK_LOST\), though/,
      ])
    const late = new Story().call('x', { ending: 'unknown', commits: undefined })
    assertBroken(late.says(late.now, { type: 'leaving', op: 'x', commits: true }).finished(), 2, [/^x on a: unknown/])
  })

  it('takes a call that never settled either way, if its worker was killed at its COMMIT', () => {
    const killed = (isCommitted: boolean, commits: boolean | undefined) =>
      new Story().call('x', { ending: 'never', commits, isCommitted }).workerEnds('w1').call('y').finished()
    assertSound(killed(true, true))
    assertSound(killed(false, true))
    assertSound(killed(false, undefined))
    for (const commits of [false, undefined])
      assertBroken(killed(true, commits), 2, [/^x on a: is in the ledger, but had not come to its COMMIT/])
  })

  it('wants no row of a call that says it committed, but never began to', () => {
    assertBroken(new Story().call('x', { commits: false }).finished(), 2, [
      /^x on a: is in the ledger, but had not come/,
    ])
  })

  it('wants no row, and nothing else, of a call that nobody made, nor two calls under one name', () => {
    const events = new Story().call('x').finished()
    const orphan = edited(events, 'ledger', (row) => ({ ...row, op: 'z' }))
    assertBroken(orphan, 2, [/^z: ledger of a call that nobody/, /^x on a: ok, but is not in the ledger/])
    const told = new Story().call('x').says(30, { type: 'released', op: 'z' })
    assertBroken(told.finished(), 2, [/^z: released of a call/])
    const [invoke] = new Story()
      .call('x')
      .finished()
      .filter(({ type }) => type === 'invoke')
    assertBroken(
      edited(events, 'invoke', (event) => [event, invoke!]),
      2,
      [/^x: two calls were made/],
    )
  })

  it("wants each row from the lock's own session, but of a fenced call", () => {
    const rows = (kind: CallKind) =>
      edited(new Story().call('x', { kind }).finished(), 'ledger', (row) => ({ ...row, session: '9' }))
    for (const kind of WRITERS)
      if (kind === 'fenced') assertSound(rows(kind))
      else assertBroken(rows(kind), 2, [/^x on a: the row that read 0 was written by session 9, the lock was 1007's/])
  })

  it("wants the lock's token in each row", () => {
    for (const kind of WRITERS) {
      const events = new Story().call('x', { kind }).finished()
      assertBroken(
        edited(events, 'ledger', (row) => ({ ...row, token: String(BigInt(row.token) + 1n) })),
        2,
        [/^x on a: the row that read 0 has token \d+, the lock had \d+/],
      )
    }
  })

  it('takes the grant that covers the name, where a call has several', () => {
    const story = new Story().call('x', { kind: 'joined', names: ['a', 'b'] })
    const [grant] = story.finished().filter((event) => event.type === 'acquired')
    const token = String(BigInt(grant!.token) + 1n)
    const apart = edited(story.finished(), 'acquired', (event) => [
      { ...event, names: ['a'] },
      { ...event, names: ['b'], token },
      { ...event, names: ['a'] },
    ])
    assertSound(edited(apart, 'ledger', (row) => (row.name === 'b' ? { ...row, token } : row)))
    assertBroken(apart, 2, [/^x on b: .* has token/])
    assertBroken(
      edited(story.finished(), 'acquired', (event) => ({ ...event, names: ['a'] })),
      2,
      [/^x on b: the row that read 0 was committed without the lock/],
    )
  })

  it('takes either grant, where a call was granted again what it had', () => {
    const events = edited(new Story().call('x').finished(), 'acquired', (event) => [event, { ...event, token: '9' }])
    assertSound(events)
    assertSound(edited(events, 'ledger', (row) => ({ ...row, token: '9' })))
  })

  it('wants a call to settle once', () => {
    const story = new Story().call('x')
    assertBroken(story.says(story.now, { type: 'ok', op: 'x' }).finished(), 2, [/^x on a: settled 2 times: ok, ok/])
  })

  it('judges a call inside another by itself', () => {
    const nested = (isCommitted: boolean) =>
      new Story()
        .call('x', { at: 10, holdMs: 20, ending: 'fail', code: 'THROWN' })
        .call('y', { at: 15, names: ['b'], parent: 'x', isCommitted })
        .finished()
    assertSound(nested(true))
    assertBroken(nested(false), 2, [/^y on b: ok, but is not/])
  })

  it('in an unfinished run leaves for later what a later look at the ledger may show', () => {
    const events = new Story().call('x').call('y').sofar()
    assertSound(without(events, 'ledger'), { isComplete: false })
    assertSound(
      edited(events, 'ledger', (row) => (row.op === 'y' ? { ...row, op: 'z' } : row)),
      { isComplete: false },
    )
  })
})
