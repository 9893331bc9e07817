import type { Event } from '@ormutex-test/drawings/recorder'
import type { Recording } from '@ormutex-test/drawings/stage'

/** Answered at once, unless that is given. */
export function statement(lane: number, name: string, sentAt: number, answer?: string, answeredAt = sentAt): Event {
  return { lane, name, answer, sentAt, answeredAt }
}

/** Everything in its order. */
export const right: Recording = {
  balance: 80,
  events: [
    statement(0, 'from the pool', 0),
    statement(0, 'GET_LOCK', 1, '1', 2),
    statement(0, 'BEGIN', 3),
    statement(0, 'your callback', 4),
    statement(0, 'SELECT balance', 5, '100'),
    statement(1, 'from the pool', 6),
    statement(1, 'GET_LOCK', 7, '1', 11),
    statement(0, 'UPDATE balance = 90', 8),
    statement(0, 'COMMIT', 9),
    statement(0, 'RELEASE_LOCK', 10, '1', 12),
    statement(0, 'back to the pool', 13),
    statement(1, 'BEGIN', 14),
    statement(1, 'your callback', 15),
    statement(1, 'SELECT balance', 16, '90'),
    statement(1, 'UPDATE balance = 80', 17),
    statement(1, 'COMMIT', 18),
    statement(1, 'RELEASE_LOCK', 19, '1'),
    statement(1, 'back to the pool', 20),
  ],
}

/** Released before COMMIT. */
export const wrong: Recording = {
  balance: 90,
  events: [
    statement(0, 'GET_LOCK', 1, '1'),
    statement(0, 'BEGIN', 2),
    statement(0, 'SELECT balance', 3, '100'),
    statement(1, 'GET_LOCK', 4, '1', 7),
    statement(0, 'UPDATE balance = 90', 5),
    statement(0, 'RELEASE_LOCK', 6, '1'),
    statement(1, 'BEGIN', 8),
    statement(1, 'SELECT balance', 9, '100'),
    statement(0, 'COMMIT', 10),
    statement(1, 'UPDATE balance = 90', 11),
    statement(1, 'RELEASE_LOCK', 12, '1'),
    statement(1, 'COMMIT', 13),
  ],
}
