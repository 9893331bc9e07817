import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { bothOrders, oneConnection } from '@ormutex-test/drawings/drawings'
import { rightOrder, wrongOrder } from '@ormutex-test/drawings/plays'
import type { Event } from '@ormutex-test/drawings/recorder'
import { serverName } from '@ormutex-test/drawings/server-name'
import { record, type Recording } from '@ormutex-test/drawings/stage'
import { render } from '@ormutex-test/drawings/svg'
import { FLAVOURS, sharedServer } from '@ormutex-test/servers'

const PICTURES = new URL('../../../docs/pictures/', import.meta.url)

/** The last one of a name on a connection. */
function find({ events }: Recording, lane: number, name: string): Event {
  const found = events.findLast((event) => event.lane === lane && event.name === name)
  assert.ok(found, `connection ${lane + 1} has sent no ${name}`)
  return found
}

const sentOn = ({ events }: Recording, lane: number) =>
  events.filter((event) => event.lane === lane).map(({ name, answer }) => (answer ? `${name} → ${answer}` : name))

/** What the documentation shows, of whichever server. */
const shown = async (file: string) =>
  (await readFile(new URL(file, PICTURES), 'utf8')).replace(/(?:MySQL|MariaDB) [\d.]+/, 'it')

for (const flavour of FLAVOURS) {
  describe(`two connections that take 10 from a balance of 100, on ${flavour}`, () => {
    let wrong: Recording
    let right: Recording
    let where: string

    before(async () => {
      const server = await sharedServer(flavour)
      where = serverName(server)
      wrong = await record(server, wrongOrder)
      right = await record(server, rightOrder)
    })

    it('lose an update when the lock is released before COMMIT', () => {
      assert.equal(find(wrong, 1, 'SELECT balance').answer, '100')
      assert.equal(wrong.balance, 90)
      assert.ok(find(wrong, 0, 'RELEASE_LOCK').answeredAt < find(wrong, 0, 'COMMIT').sentAt)
      assert.ok(find(wrong, 1, 'SELECT balance').answeredAt < find(wrong, 0, 'COMMIT').sentAt)
    })

    it('lose none in the order that a lock of the library has', () => {
      assert.equal(find(right, 1, 'SELECT balance').answer, '90')
      assert.equal(right.balance, 80)
    })

    it('go from the pool back to the pool in that order, and nothing is sent besides', () => {
      const life = (before: number, after: number) => [
        'from the pool',
        'GET_LOCK → 1',
        'BEGIN',
        'your callback',
        `SELECT balance → ${before}`,
        `UPDATE balance = ${after}`,
        'COMMIT',
        'RELEASE_LOCK → 1',
        'back to the pool',
      ]
      assert.deepEqual(sentOn(right, 0), life(100, 90))
      assert.deepEqual(sentOn(right, 1), life(90, 80))
    })

    it('wait at the server from before the COMMIT of the one that has the lock until after its release', () => {
      const waiting = find(right, 1, 'GET_LOCK')
      assert.ok(waiting.sentAt < find(right, 0, 'COMMIT').sentAt)
      assert.ok(find(right, 0, 'COMMIT').answeredAt <= find(right, 0, 'RELEASE_LOCK').sentAt)
      assert.ok(find(right, 0, 'RELEASE_LOCK').sentAt < waiting.answeredAt)
    })

    it('do what the documentation shows', async () => {
      for (const { name, svg } of render(bothOrders(wrong, right, where)))
        assert.equal(svg.replace(where, 'it'), await shown(name), `npm run pictures, and look at ${name}`)
      // When the first one is back in its pool is a race with the second one's next steps.
      const words = (svg: string) => svg.match(/(?<=<text [^>]*>)[^<]+/g)?.toSorted()
      for (const { name, svg } of render(oneConnection(right, where)))
        assert.deepEqual(
          words(svg.replace(where, 'it')),
          words(await shown(name)),
          `npm run pictures, and look at ${name}`,
        )
    })
  })
}
