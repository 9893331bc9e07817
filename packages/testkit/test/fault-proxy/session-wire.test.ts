import assert from 'node:assert/strict'
import type { Session } from '@ormutex/testkit/fault-proxy'
import { Pipe } from './support/pipe.js'
import { eventually, isPendingAfter } from './support/timing.js'
import {
  closePrepared,
  eof,
  execute,
  greeting,
  LAST_PREPARED,
  ok,
  packet,
  prepare,
  preparedOk,
  query,
} from './support/wire.js'

describe('a session, packet by packet', () => {
  let pipe: Pipe
  beforeEach(async () => {
    pipe = await Pipe.lay()
  })
  afterEach(async () => {
    await pipe.remove()
    assert.deepEqual(pipe.errors, [])
  })

  const closeStatement = closePrepared(1)
  const [first, second] = [query('SELECT 1'), query('SELECT 2')]
  const begunRows = Buffer.concat([packet(1, [1]), packet(2, [0]), eof(3)])
  const endOfRows = Buffer.concat([packet(4, Buffer.from('\x011')), eof(5)])

  async function greeted(connectionId = 7): Promise<Session> {
    await pipe.shakeHands({}, connectionId)
    const session = pipe.proxy.session(String(connectionId))
    assert.ok(session)
    return session
  }

  it('has any connection id of four bytes', async () => {
    assert.equal((await greeted(0xff_ff_ff_fe)).id, '4294967294')
  })

  it('is the newest that is live of those with an id, because a server that restarts begins again', async () => {
    const old = await greeted(7)
    const { client, server } = await pipe.another()
    const hello = greeting({ flags: 0, mariadbFlags: 0 }, 7)
    server.send(hello)
    await client.take(hello.length)
    const session = pipe.proxy.session('7')
    assert.deepEqual([old.connection, session?.connection], [1, 2])
    session?.cut()
    assert.equal(pipe.proxy.session('7'), old)
    await eventually(() => client.isClosed && server.isClosed, 'both sides cut')
    assert.deepEqual([pipe.client.isClosed, pipe.server.isClosed], [false, false])
  })

  it('is none where the server does not greet but refuses', async () => {
    const refusal = packet(0, Buffer.from('\xff\x10\x04#08004Too many', 'latin1'))
    pipe.server.send(refusal)
    pipe.server.end()
    assert.deepEqual(await pipe.client.take(refusal.length), refusal)
    await eventually(() => pipe.client.isClosed && pipe.proxy.connections === 0, 'client told')
  })

  it('is busy until each of several commands is answered, not with one that has no answer', async () => {
    const session = await greeted()
    pipe.client.send(closeStatement)
    await pipe.server.take(closeStatement.length)
    assert.equal(session.isBusy, false)

    pipe.client.send(Buffer.concat([first, second]))
    await pipe.server.take(first.length + second.length)
    assert.equal(session.isBusy, true)
    pipe.server.send(ok(1))
    await pipe.client.take(ok(1).length)
    assert.equal(session.isBusy, true)
    pipe.server.send(begunRows)
    await pipe.client.take(begunRows.length)
    assert.equal(session.isBusy, true)
    pipe.server.send(endOfRows)
    await pipe.client.take(endOfRows.length)
    assert.equal(session.isBusy, false)
  })

  it('loses no reply that has begun, but the next', async () => {
    const session = await greeted()
    pipe.client.send(Buffer.concat([first, second]))
    await pipe.server.take(first.length + second.length)
    pipe.server.send(begunRows)
    await pipe.client.take(begunRows.length)
    session.loseNextReply()
    pipe.server.send(endOfRows)
    assert.deepEqual(await pipe.client.take(endOfRows.length), endOfRows)
    assert.equal(pipe.client.isClosed, false)
    pipe.server.send(ok(1))
    await eventually(() => pipe.client.isClosed && pipe.server.isClosed, 'both sides cut')
    assert.equal(pipe.client.receivedLength, 0)
  })

  it('loses the reply of a command that has one', async () => {
    const session = await greeted()
    session.loseNextReply()
    pipe.client.send(Buffer.concat([closeStatement, first]))
    await pipe.server.take(closeStatement.length + first.length)
    pipe.server.send(ok(1))
    await eventually(() => pipe.client.isClosed && pipe.server.isClosed, 'both sides cut')
    assert.equal(pipe.client.receivedLength, 0)
  })

  it('loses with a reply all that comes behind it, also in one piece with it', async () => {
    const session = await greeted()
    const both = Buffer.concat([prepare('SELECT 1'), execute(LAST_PREPARED)])
    pipe.client.send(both)
    await pipe.server.take(both.length)
    session.loseNextReply()
    // As the answer to the first command, the second's cannot be read: it is too short.
    pipe.server.send(Buffer.concat([preparedOk(), ok(1)]))
    await eventually(() => pipe.client.isClosed && pipe.server.isClosed, 'both sides cut')
    assert.equal(pipe.client.receivedLength, 0)
  })

  it('is live while one side is open, which frozen does not hear that the other was reset', async () => {
    const session = await greeted()
    session.freeze()
    pipe.client.reset()
    await eventually(() => pipe.proxy.connections === 0, 'client gone')
    assert.deepEqual([session.isLive, pipe.proxy.session('7'), pipe.server.isClosed], [true, session, false])
    session.thaw()
    await eventually(() => pipe.server.isClosed, 'server told')
    await eventually(() => !session.isLive, 'not live')
  })

  it('delays by its latency, not by that of all that came before', async () => {
    const session = await greeted()
    session.setLatency(60)
    const start = performance.now()
    for (let left = 10; left > 0; left--) pipe.client.send(first)
    await pipe.server.take(10 * first.length)
    const took = performance.now() - start
    assert.ok(took >= 59 && took < 400, `took ${took} ms`)
  })

  it('lets nothing overtake what was sent under a greater latency', async () => {
    const session = await greeted()
    session.setLatency(50)
    const start = performance.now()
    pipe.client.send(first)
    await eventually(() => pipe.proxy.statements.length === 1, 'first seen')
    session.setLatency(0)
    pipe.client.send(second)
    assert.deepEqual(await pipe.server.take(2 * first.length), Buffer.concat([first, second]))
    const took = performance.now() - start
    assert.ok(took >= 49, `took ${took} ms`)
  })

  it('delays the end of either side, too', async () => {
    const session = await greeted()
    session.setLatency(60)
    pipe.client.end()
    const told = eventually(() => pipe.server.isClosed, 'server told')
    assert.ok(await isPendingAfter(40, told))
    await told
  })
})
