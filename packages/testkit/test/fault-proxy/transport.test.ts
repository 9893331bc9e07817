import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { delay } from '@ormutex/testkit/fault-proxy'
import { Pipe } from './support/pipe.js'
import { eventually } from './support/timing.js'
import { ok, packet, query } from './support/wire.js'

describe('transport', () => {
  let pipe: Pipe
  beforeEach(async () => {
    pipe = await Pipe.lay()
  })
  afterEach(() => pipe.remove())

  it('stops reading from a server whose client does not read', async function () {
    this.timeout(20_000)
    await pipe.shakeHands()
    pipe.client.pause()
    const part = packet(0, Buffer.alloc(1024 * 1024))
    const parts = 64
    for (let left = parts; left > 0; left--) pipe.server.send(part)
    await sleep(300)
    assert.ok(pipe.server.unsentLength > (parts * part.length) / 2, `${pipe.server.unsentLength} bytes are unsent`)
    pipe.client.resume()
    await pipe.client.take(parts * part.length)
  })

  it('does not wait to fill segments', async () => {
    await pipe.shakeHands()
    const rounds: number[] = []
    while (rounds.length < 21) {
      const start = performance.now()
      // The second is sent while the first is not acknowledged, which a receiver that talks back delays by 40 ms.
      for (const sql of ['SELECT 1', 'SELECT 2']) {
        pipe.client.send(query(sql))
        await eventually(() => pipe.proxy.statements.at(-1)?.sql === sql, 'statement seen')
      }
      await pipe.server.take(2 * query('SELECT 1').length)
      rounds.push(performance.now() - start)
      pipe.server.send(Buffer.concat([ok(1), ok(1)]))
      await pipe.client.take(2 * ok(1).length)
    }
    const median = rounds.toSorted((a, b) => a - b)[10]!
    assert.ok(median < 35, `half of the rounds took ${median} ms or more`)
  })

  it('delivers what was held back before the end of the connection', async () => {
    await pipe.shakeHands()
    pipe.proxy.on(/1/, delay(50))
    pipe.client.send(query('SELECT 1'))
    await eventually(() => pipe.proxy.statements.length === 1, 'statement seen')
    pipe.client.destroy()
    assert.deepEqual(await pipe.server.take(query('SELECT 1').length), query('SELECT 1'))
    await eventually(() => pipe.server.isClosed, 'server told')
  })

  it('delivers the answer to a client that has ended its side', async () => {
    await pipe.shakeHands()
    pipe.client.send(query('SELECT 1'))
    pipe.client.end()
    await pipe.server.take(query('SELECT 1').length)
    await sleep(20)
    pipe.server.send(ok(1))
    assert.deepEqual(await pipe.client.take(ok(1).length), ok(1))
  })

  it('tells the server that its client has reset the connection', async () => {
    await pipe.shakeHands()
    pipe.client.reset()
    await eventually(() => pipe.server.isClosed, 'server told')
  })

  it('is done with a connection that both sides end at once', async () => {
    await pipe.shakeHands()
    pipe.client.end()
    pipe.server.end()
    await eventually(() => pipe.client.isClosed && pipe.server.isClosed, 'both told')
    // The proxy's own end, after each test, waits for every connection's.
  })
})
