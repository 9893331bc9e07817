import assert from 'node:assert/strict'
import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto'
import { connect, type Socket } from 'node:net'

// As much of PostgreSQL's protocol ("Message Formats" in its manual) as a test needs to log in and ask one thing.

const PROTOCOL_3 = 196_608
const SASL = 10
const SASL_CONTINUE = 11

/** Logs in with SCRAM-SHA-256, runs a statement and gives the first value of its first row. */
export async function askPostgresql(url: string, sql: string): Promise<string> {
  const { hostname, port, username, password, pathname } = new URL(url)
  const socket = connect(Number(port), hostname)
  socket.write(frame('', int32(PROTOCOL_3), `user\0${username}\0database\0${pathname.slice(1)}\0\0`))
  const first = `n=,r=${randomBytes(18).toString('base64')}`
  let value = ''
  let isAsked = false
  for await (const { type, body } of messages(socket)) {
    if (type === 'E') throw new Error(body.toString().replaceAll('\0', ' '))
    if (type === 'R' && body.readInt32BE() === SASL) {
      const response = `n,,${first}`
      socket.write(frame('p', 'SCRAM-SHA-256\0', int32(response.length), response))
    }
    if (type === 'R' && body.readInt32BE() === SASL_CONTINUE) {
      socket.write(frame('p', scramFinal(first, body.subarray(4).toString(), password)))
    }
    if (type === 'D') value ||= body.subarray(6, 6 + body.readInt32BE(2)).toString()
    if (type === 'Z' && isAsked) return value
    if (type === 'Z') {
      socket.write(frame('Q', `${sql}\0`))
      isAsked = true
    }
  }
  return assert.fail('the server closed the connection')
}

function int32(value: number): Buffer {
  const buffer = Buffer.alloc(4)
  buffer.writeInt32BE(value)
  return buffer
}

function frame(type: string, ...parts: (string | Buffer)[]): Buffer {
  const body = Buffer.concat(parts.map((part) => Buffer.from(part)))
  return Buffer.concat([Buffer.from(type), int32(body.length + 4), body])
}

async function* messages(socket: Socket): AsyncGenerator<{ type: string; body: Buffer }> {
  let rest = Buffer.alloc(0)
  for await (const data of socket) {
    rest = Buffer.concat([rest, data as Buffer])
    for (;;) {
      const end = rest.length < 5 ? Infinity : 1 + rest.readInt32BE(1)
      if (rest.length < end) break
      yield { type: rest.toString('latin1', 0, 1), body: rest.subarray(5, end) }
      rest = rest.subarray(end)
    }
  }
}

/** RFC 5802, with nothing to bind to (`biws` is `n,,`). */
function scramFinal(first: string, serverFirst: string, password: string): string {
  const [, nonce = '', salt = '', iterations] = /^r=([^,]*),s=([^,]*),i=(\d+)$/.exec(serverFirst) ?? []
  const hmac = (key: Buffer, text: string) => createHmac('sha256', key).update(text).digest()
  const salted = pbkdf2Sync(password, Buffer.from(salt, 'base64'), Number(iterations), 32, 'sha256')
  const clientKey = hmac(salted, 'Client Key')
  const final = `c=biws,r=${nonce}`
  const storedKey = createHash('sha256').update(clientKey).digest()
  const signature = hmac(storedKey, [first, serverFirst, final].join())
  const proof = clientKey.map((byte, index) => byte ^ (signature[index] ?? 0))
  return `${final},p=${Buffer.from(proof).toString('base64')}`
}
