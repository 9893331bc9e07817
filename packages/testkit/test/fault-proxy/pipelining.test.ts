import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { answerNothing, cutBefore, delayReply, fail, holdUntil, run } from '@ormutex/testkit/fault-proxy'
import { Pipe } from './support/pipe.js'
import { eventually } from './support/timing.js'
import { ok, packet, query } from './support/wire.js'

describe('a client that does not wait for replies', () => {
  let pipe: Pipe
  beforeEach(async () => {
    pipe = await Pipe.lay()
  })
  afterEach(() => pipe.remove())

  it('answers in turn a client that sends without waiting', async () => {
    await pipe.shakeHands()
    const rule = pipe.proxy.on(/2/, fail({ errno: 1213, sqlState: '40001', message: 'Deadlock' }))
    pipe.client.send(Buffer.concat([query('SELECT 1'), query('SELECT 2'), query('SELECT 3')]))
    const forwarded = Buffer.concat([query('SELECT 1'), query('SELECT 3')])
    assert.deepEqual(await pipe.server.take(forwarded.length), forwarded)
    assert.equal(rule.hits, 1)
    assert.equal(pipe.client.receivedLength, 0)

    pipe.server.send(Buffer.concat([ok(1, 2), ok(1, 3)]))
    const error = packet(1, Buffer.from('\xff\xbd\x04#40001Deadlock', 'latin1'))
    const replies = Buffer.concat([ok(1, 2), error, ok(1, 3)])
    assert.deepEqual(await pipe.client.take(replies.length), replies)
  })

  it('holds back what follows a delayed statement', async () => {
    await pipe.shakeHands()
    let release!: () => void
    pipe.proxy.on(/1/, holdUntil(new Promise<void>((resolve) => (release = resolve))))
    const both = Buffer.concat([query('SELECT 1'), query('SELECT 2')])
    pipe.client.send(both)
    await eventually(() => pipe.proxy.statements.length === 2, 'both statements seen')
    await sleep(50)
    assert.equal(pipe.server.receivedLength, 0)
    release()
    assert.deepEqual(await pipe.server.take(both.length), both)
  })

  it('holds back what follows a delayed reply', async () => {
    await pipe.shakeHands()
    pipe.proxy.on(/1/, delayReply(100))
    pipe.client.send(Buffer.concat([query('SELECT 1'), query('SELECT 2')]))
    await pipe.server.take(2 * query('SELECT 1').length)
    pipe.server.send(Buffer.concat([ok(1, 2), ok(1, 3)]))
    await sleep(50)
    assert.equal(pipe.client.receivedLength, 0)
    assert.deepEqual(await pipe.client.take(2 * ok(1).length), Buffer.concat([ok(1, 2), ok(1, 3)]))
  })

  it('forwards what follows a swallowed statement', async () => {
    await pipe.shakeHands()
    pipe.proxy.on(/1/, answerNothing())
    pipe.client.send(Buffer.concat([query('SELECT 1'), query('SELECT 2')]))
    assert.deepEqual(await pipe.server.take(query('SELECT 2').length), query('SELECT 2'))
    assert.equal(pipe.server.receivedLength, 0)
  })

  it('forwards what came before a cut', async () => {
    await pipe.shakeHands()
    pipe.proxy.on(/2/, cutBefore())
    pipe.client.send(Buffer.concat([query('SELECT 1'), query('SELECT 2')]))
    assert.deepEqual(await pipe.server.take(query('SELECT 1').length), query('SELECT 1'))
    await eventually(() => pipe.client.isClosed && pipe.server.isClosed, 'both sides cut')
    assert.equal(pipe.server.receivedLength, 0)
  })

  it('forwards nothing that came behind a cut', async () => {
    await pipe.shakeHands()
    let ran = false
    pipe.proxy.on(/1/, cutBefore())
    pipe.proxy.on(
      /2/,
      run(async () => {
        ran = true
      }),
    )
    pipe.client.send(Buffer.concat([query('SELECT 1'), query('SELECT 2')]))
    await eventually(() => pipe.client.isClosed && pipe.server.isClosed, 'both sides cut')
    assert.equal(ran, false)
    assert.equal(pipe.server.receivedLength, 0)
  })
})
