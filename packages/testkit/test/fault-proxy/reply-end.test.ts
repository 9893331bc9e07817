import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { cutAfterReply } from '@ormutex/testkit/fault-proxy'
import { Pipe } from './support/pipe.js'
import { eventually } from './support/timing.js'
import {
  CACHE_METADATA,
  closePrepared,
  DEPRECATE_EOF,
  eof,
  ok,
  okInPlaceOfEof,
  packet,
  prepare,
  preparedOk,
  query,
  type Flags,
} from './support/wire.js'

const MORE = 0x0a
const definition = (sequence: number) => packet(sequence, Buffer.from('\x03def...'))
const row = (sequence: number) => packet(sequence, Buffer.from('\x031.5'))
const error = (sequence: number) => packet(sequence, Buffer.from('\xff\x28\x04#42000...', 'latin1'))

interface Reply {
  readonly name: string
  readonly flags?: Partial<Flags>
  readonly command?: Buffer
  readonly packets: readonly Buffer[]
}

const replies: readonly Reply[] = [
  { name: 'an OK', packets: [ok(1)] },
  { name: 'an error', packets: [error(1)] },
  {
    name: 'a result set',
    packets: [packet(1, [2]), definition(2), definition(3), eof(4), row(5), row(6), eof(7)],
  },
  {
    name: 'a result set with a row that begins like its end',
    packets: [packet(1, [1]), definition(2), eof(3), packet(4, [0xfe, ...Buffer.alloc(16)]), eof(5)],
  },
  {
    name: 'a result set that breaks off',
    packets: [packet(1, [1]), definition(2), eof(3), row(4), error(5)],
  },
  {
    name: 'a result set without EOF',
    flags: { flags: DEPRECATE_EOF },
    packets: [packet(1, [1]), definition(2), row(3), okInPlaceOfEof(4)],
  },
  {
    name: 'several results',
    packets: [ok(1, MORE), packet(2, [1]), definition(3), eof(4), row(5), eof(6, MORE), ok(7)],
  },
  {
    name: 'several results without EOF',
    flags: { flags: DEPRECATE_EOF },
    packets: [packet(1, [1]), definition(2), okInPlaceOfEof(3, MORE), ok(4)],
  },
  {
    name: 'a result set with more packets than there are sequence numbers',
    packets: [
      packet(1, [1]),
      definition(2),
      eof(3),
      ...Array.from({ length: 300 }, (_, index) => row((index + 4) % 256)),
      eof(304 % 256),
    ],
  },
  {
    name: 'a result set with a row of several packets',
    packets: [
      packet(1, [1]),
      definition(2),
      eof(3),
      packet(4, Buffer.alloc(0xff_ff_ff)),
      packet(5, [0xfe, 0, 0, 0, 0]),
      eof(6),
    ],
  },
  { name: 'a request for a local file', packets: [packet(1, Buffer.from('\xfbname', 'latin1')), ok(3)] },
  {
    name: 'a MariaDB result set with its definitions',
    flags: { flags: DEPRECATE_EOF, mariadbFlags: CACHE_METADATA },
    packets: [packet(1, [1, 1]), definition(2), row(3), okInPlaceOfEof(4)],
  },
  {
    name: 'an empty MariaDB result set whose definitions the client has',
    flags: { flags: DEPRECATE_EOF, mariadbFlags: CACHE_METADATA },
    packets: [packet(1, [1, 0]), okInPlaceOfEof(2)],
  },
  {
    name: 'a prepared statement',
    command: prepare('SELECT ?'),
    packets: [preparedOk(2, 1), definition(2), eof(3), definition(4), definition(5), eof(6)],
  },
  {
    name: 'a prepared statement without EOF',
    flags: { flags: DEPRECATE_EOF },
    command: prepare('SELECT ?'),
    packets: [preparedOk(1, 1), definition(2), definition(3)],
  },
  {
    name: 'a prepared statement without parameters or columns',
    command: prepare('SELECT ?'),
    packets: [preparedOk()],
  },
  { name: 'a statement that cannot be prepared', command: prepare('SELECT ?'), packets: [error(1)] },
  { name: 'a ping', command: packet(0, [0x0e]), packets: [ok(1)] },
]

describe('the end of a reply', () => {
  let pipe: Pipe
  beforeEach(async () => {
    pipe = await Pipe.lay()
  })
  afterEach(() => pipe.remove())

  for (const { name, flags, command = query('SELECT 1'), packets } of replies) {
    it(`is the last packet of ${name}`, async () => {
      await pipe.shakeHands(flags)
      for (const kind of ['query', 'prepare', 'ping'] as const) pipe.proxy.on(/./, cutAfterReply(), { kind })
      pipe.client.send(command)
      await pipe.server.take(command.length)

      const begin = Buffer.concat(packets.slice(0, -1))
      pipe.server.send(begin)
      assert.ok((await pipe.client.take(begin.length)).equals(begin))
      await sleep(20)
      assert.equal(pipe.client.isClosed, false)

      const last = packets.at(-1)!
      pipe.server.send(last)
      assert.deepEqual(await pipe.client.take(last.length), last)
      await eventually(() => pipe.client.isClosed && pipe.server.isClosed, 'both sides cut')
    })
  }

  it('of a change of user comes after any number of questions', async () => {
    await pipe.shakeHands()
    pipe.proxy.on(/./, cutAfterReply())
    const changeUser = packet(0, Buffer.from('\x11root\0'))
    pipe.client.send(Buffer.concat([changeUser, query('SELECT 1')]))
    await pipe.server.take(changeUser.length + query('SELECT 1').length)
    const questions = Buffer.concat([packet(1, [0xfe, 0]), packet(3, [1, 4]), ok(4)])
    pipe.server.send(questions)
    await pipe.client.take(questions.length)
    await sleep(20)
    assert.equal(pipe.client.isClosed, false)
    pipe.server.send(ok(1))
    await eventually(() => pipe.client.isClosed, 'client cut')
  })

  it('does not exist for closing a prepared statement', async () => {
    await pipe.shakeHands()
    pipe.proxy.on(/./, cutAfterReply())
    const both = Buffer.concat([closePrepared(7), query('SELECT 1')])
    pipe.client.send(both)
    await pipe.server.take(both.length)
    pipe.server.send(ok(1))
    await eventually(() => pipe.client.isClosed, 'client cut')
  })
})
