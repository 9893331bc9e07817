import type { Pool } from 'mysql2/promise'
import { nameOf } from './statement.js'

/** What is no statement. */
export const FROM_POOL = 'from the pool'
export const TO_POOL = 'back to the pool'
export const CALLBACK = 'your callback'

/** What happened on a connection, or to it. */
export interface Event {
  /** Which connection, counted from 0. */
  lane: number
  /** Such as `SELECT balance`. */
  name: string
  /** The first column of the first row, where the server answered with rows. */
  answer: string | undefined
  /** In milliseconds of one clock; the same for what is no statement. */
  sentAt: number
  answeredAt: number
}

/** Records, of pools with one connection each, what the server is asked and answers, and when the pool gives and gets its connection. */
export class Recorder {
  /** In the order in which they were sent. */
  readonly events: Event[] = []
  #isOn = false

  /** From now on. Before that, what only happens once can happen unseen. */
  start(): void {
    this.#isOn = true
  }

  /** @param pool has opened no connection yet */
  watch(pool: Pool, lane: number): void {
    pool.pool.on('connection', (connection) => this.#wrap(connection, lane))
    pool.pool.on('acquire', () => this.note(lane, FROM_POOL))
    pool.pool.on('release', () => this.note(lane, TO_POOL))
  }

  /** Something that is no statement. */
  note(lane: number, name: string): void {
    const now = performance.now()
    if (this.#isOn) this.events.push({ lane, name, answer: undefined, sentAt: now, answeredAt: now })
  }

  /** Every way to ask a connection something, ormutex' own too, ends in its `query`. */
  #wrap(connection: object, lane: number): void {
    const asked = connection as { query: (...values: unknown[]) => unknown }
    const query = asked.query.bind(connection)
    asked.query = (...values) => {
      const done = values.at(-1)
      if (!this.#isOn || typeof done !== 'function') return query(...values)
      const [first] = values as [string | { sql: string }]
      const name = nameOf(typeof first === 'string' ? first : first.sql)
      const event: Event = { lane, name, answer: undefined, sentAt: performance.now(), answeredAt: Infinity }
      this.events.push(event)
      return query(...values.slice(0, -1), (error: unknown, rows: unknown, fields: unknown) => {
        event.answeredAt = performance.now()
        event.answer = firstValue(rows)
        return (done as (...answer: unknown[]) => unknown)(error, rows, fields)
      })
    }
  }
}

function firstValue(rows: unknown): string | undefined {
  const row: unknown = Array.isArray(rows) ? rows[0] : undefined
  return typeof row === 'object' && row !== null ? String(Object.values(row)[0]) : undefined
}
