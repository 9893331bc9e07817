import type { PoolEvent } from '@ormutex-test/torture/history/events'
import { edited, Story } from './fixtures/story.js'
import { assertBroken, assertSound } from './fixtures/verdicts.js'

describe("the checker's rule 3: nothing is left behind", () => {
  const story = () => new Story().call('x').call('y', { by: 'w2', source: 'prisma' })
  const withPools = (edit: (pool: PoolEvent) => object | readonly object[]) =>
    edited(story().finished(), 'pool', (pool) => (pool.moment === 'end' && pool.by === 'w2' ? edit(pool) : pool))

  it('wants nothing on the server', () => {
    for (const what of ['lock', 'wait', 'transaction'] as const) {
      const told = story().coordinator(90, { type: 'leftover', what, session: '12', detail: 'a~key' })
      assertBroken(told.finished(), 3, [new RegExp(`^a ${what} is left on the server, of session 12: a~key`)])
    }
  })

  it('wants every lock to be had when nobody holds it', () => {
    const tried = { type: 'afterwards', source: 'knex-0', name: 'a' } as const
    assertSound(story().says(90, tried).finished())
    assertBroken(
      story()
        .says(90, { ...tried, code: 'LOCK_TIMEOUT' })
        .finished(),
      3,
      [/^knex-0 in w1 \(100\) does not get a when/],
    )
  })

  it('wants all connections of every pool free, and nobody waiting', () => {
    assertSound(withPools((pool) => ({ ...pool, open: 1, free: 1 })))
    assertBroken(
      withPools((pool) => ({ ...pool, free: 2 })),
      3,
      [/prisma in w2 \(101\): 3 connections .* 2 are free/],
    )
    assertBroken(
      withPools((pool) => ({ ...pool, pending: 1 })),
      3,
      [/prisma in w2 \(101\): 1 callers wait/],
    )
  })

  it('wants the listeners that free connections had at first', () => {
    const ending = (listeners: PoolEvent['listeners']) => withPools((pool) => ({ ...pool, listeners }))
    assertSound(ending([]))
    assertSound(ending([{ error: 1 }]))
    assertSound(ending([{ end: 2, close: 0, error: 1 }]))
    assertBroken(ending([{ error: 1 }, { error: 2 }]), 3, [
      /prisma in w2 .* listeners \{"error":2\}, at first \{"end":2,"error":1\} or \{"error":1\}$/,
    ])
    assertBroken(ending([{ error: 1, close: 1 }]), 3, [/listeners \{"close":1,"error":1\}/])
    const unseen = edited(story().finished(), 'pool', (pool) => (pool.moment === 'start' ? [] : pool))
    assertBroken(unseen, 3, [/none was seen/, /none was seen/, /none was seen/, /none was seen/])
  })

  it('compares with the same source of the same process', () => {
    const events = edited(story().call('z', { by: 'w2' }).finished(), 'pool', (pool) =>
      pool.by === 'w2' && pool.source === 'prisma' ? { ...pool, listeners: [{ query: 1 }] } : pool,
    )
    assertSound(events)
    const moved = edited(events, 'pool', (pool) => (pool.moment === 'end' ? { ...pool, pid: 100 } : pool))
    assertBroken(
      moved.filter((event) => event.type !== 'pool' || event.source !== 'knex' || event.by === 'w1'),
      3,
      [
        /prisma in w2 \(101\): nobody looked/,
        /prisma in w2 \(100\): a free connection has listeners \{"query":1\}, at first none/,
      ],
    )
  })

  it('compares with the same kind of source where a process saw no live connection at first', () => {
    const ending = (listeners: PoolEvent['listeners']) =>
      edited(story().call('z', { by: 'w2' }).finished(), 'pool', (pool) =>
        pool.by === 'w2' && pool.source === 'knex'
          ? { ...pool, source: 'knex-1', listeners: pool.moment === 'start' ? [] : listeners }
          : pool,
      )
    assertSound(ending([{ error: 1 }]))
    assertBroken(ending([{ error: 2 }]), 3, [/knex-1 in w2 .* listeners \{"error":2\}/])
  })

  it('wants a look at every pool, but of a worker that was killed', () => {
    assertBroken(
      withPools(() => []),
      3,
      [/prisma in w2 \(101\): nobody looked/],
    )
    assertSound(story().workerEnds('w2').finished())
  })

  it('wants no call that a worker still counts', () => {
    const events = edited(story().finished(), 'unfinished', (event) =>
      event.by === 'w1' ? { ...event, ops: ['x'] } : event,
    )
    assertBroken(events, 3, [/^w1 \(100\) still counts calls that have not ended: x/])
  })
})
