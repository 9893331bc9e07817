import assert from 'node:assert/strict'
import { fail } from '@ormutex/testkit/fault-proxy'
import { Pipe } from './support/pipe.js'
import { eventually } from './support/timing.js'
import {
  COMPRESS,
  greeting,
  handshakeResponse,
  ok,
  packet,
  query,
  QUERY_ATTRIBUTES,
  SSL,
  ZSTD_COMPRESSION,
} from './support/wire.js'

describe('framing', () => {
  let pipe: Pipe
  beforeEach(async () => {
    pipe = await Pipe.lay()
  })
  afterEach(() => pipe.remove())

  const seen = () => pipe.proxy.statements.map(({ sql }) => sql)

  it('reads packets that arrive byte by byte, and passes on the same bytes', async () => {
    const none = { flags: 0, mariadbFlags: 0 }
    await pipe.server.sendByteByByte(greeting(none))
    assert.deepEqual(await pipe.client.take(greeting(none).length), greeting(none))
    await pipe.client.sendByteByByte(handshakeResponse(none))
    assert.deepEqual(await pipe.server.take(handshakeResponse(none).length), handshakeResponse(none))
    await pipe.server.sendByteByByte(ok(2))
    assert.deepEqual(await pipe.client.take(ok(2).length), ok(2))

    await pipe.client.sendByteByByte(query('SELECT 1'))
    assert.deepEqual(await pipe.server.take(query('SELECT 1').length), query('SELECT 1'))
    assert.deepEqual(seen(), ['SELECT 1'])
    await pipe.server.sendByteByByte(ok(1))
    assert.deepEqual(await pipe.client.take(ok(1).length), ok(1))
  })

  it('reads several packets from one chunk, the last of them unfinished', async () => {
    await pipe.shakeHands()
    const bytes = Buffer.concat([query('SELECT 1'), query('SELECT 2'), packet(0, [0x0e]), query('SELECT 3')])
    pipe.client.send(bytes.subarray(0, -1))
    await eventually(() => pipe.proxy.statements.length === 3, 'three statements seen')
    pipe.client.send(bytes.subarray(-1))
    assert.deepEqual(await pipe.server.take(bytes.length), bytes)
    assert.deepEqual(seen(), ['SELECT 1', 'SELECT 2', 'PING', 'SELECT 3'])
  })

  it('takes nothing within the handshake for a statement', async () => {
    await pipe.shakeHands()
    const notQueries = Buffer.concat([packet(1, Buffer.from('\x03no')), packet(3, Buffer.from('\x03no'))])
    pipe.client.send(Buffer.concat([notQueries, query('yes')]))
    await pipe.server.take(notQueries.length + query('yes').length)
    assert.deepEqual(seen(), ['yes'])
  })

  it('passes on a statement larger than one packet unread, and finds the end of its reply', async function () {
    this.timeout(20_000)
    await pipe.shakeHands()
    const large = Buffer.concat([
      packet(0, Buffer.alloc(0xff_ff_ff, '\x03SELECT ')),
      packet(1, Buffer.from('the rest')),
    ])
    const unanswered = pipe.proxy.on(/^SELECT 1$/, fail({ errno: 1205, sqlState: 'HY000', message: 'no' }))
    pipe.client.send(Buffer.concat([large, query('SELECT 1')]))
    assert.ok((await pipe.server.take(large.length)).equals(large))
    assert.deepEqual(seen(), ['SELECT 1'])
    await unanswered.hit()
    assert.equal(pipe.client.receivedLength, 0)
    pipe.server.send(ok(2))
    const error = packet(1, Buffer.from('\xff\xb5\x04#HY000no', 'latin1'))
    assert.deepEqual(await pipe.client.take(ok(2).length + error.length), Buffer.concat([ok(2), error]))
  })

  it('reads the text of a query with room for attributes, and says so when there are some', async () => {
    await pipe.shakeHands({ flags: QUERY_ATTRIBUTES })
    pipe.client.send(query('\x00\x01SELECT 1'))
    pipe.client.send(query('\x01\x01...SELECT 2'))
    await eventually(() => pipe.proxy.statements.length === 2, 'two statements seen')
    assert.deepEqual(seen(), ['SELECT 1', '(query with attributes)'])
  })

  for (const [name, flag] of [
    ['TLS', SSL],
    ['compression', COMPRESS],
    ['compression', ZSTD_COMPRESSION],
  ] as const) {
    it(`reports a client that negotiates ${name} (capability ${flag}), and cuts it`, async () => {
      const hello = greeting({ flags: flag, mariadbFlags: 0 })
      pipe.server.send(hello)
      await pipe.client.take(hello.length)
      pipe.client.send(handshakeResponse({ flags: flag, mariadbFlags: 0 }))
      await eventually(() => pipe.client.isClosed && pipe.server.isClosed, 'both sides cut')
      assert.equal(pipe.errors.length, 1)
      assert.match(pipe.errors[0]!.message, new RegExp(`cannot read statements through ${name}`))
    })
  }
})
