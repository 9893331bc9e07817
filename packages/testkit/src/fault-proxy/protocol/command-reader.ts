import type { Statement } from '../statement.js'
import type { Capabilities } from './handshake.js'
import { FULL_PAYLOAD_BYTES, payloadOf } from './packets.js'
import { authentication, onePacket, prepared, ReplyReader, results } from './reply-reader.js'

const COM_QUIT = 0x01
const COM_QUERY = 0x03
const COM_PING = 0x0e
const COM_CHANGE_USER = 0x11
const COM_STMT_PREPARE = 0x16
const COM_STMT_EXECUTE = 0x17
const COM_STMT_SEND_LONG_DATA = 0x18
const COM_STMT_CLOSE = 0x19
const COM_STMT_BULK_EXECUTE = 0xfa

/** MariaDB: the statement prepared last, for a client that does not wait for its id. */
const LAST_PREPARED = 0xff_ff_ff_ff

export interface Command {
  /** Absent for a command that is not seen as a statement. */
  readonly statement: Pick<Statement, 'kind' | 'sql'> | undefined
  /** Absent for a command the server does not answer. */
  readonly reply: ReplyReader | undefined
}

/** Reads the commands of one connection after its handshake. */
export class CommandReader {
  readonly #capabilities: Capabilities
  readonly #sqlOfPrepared = new Map<number, string>()

  constructor(capabilities: Capabilities) {
    this.#capabilities = capabilities
  }

  read(packet: Buffer): Command {
    const payload = payloadOf(packet)
    // The rest of its text is in packets that have not arrived yet.
    const isTruncated = payload.length === FULL_PAYLOAD_BYTES
    switch (payload[0]) {
      case COM_QUIT:
        return { statement: { kind: 'quit', sql: 'QUIT' }, reply: undefined }
      case COM_PING:
        return { statement: { kind: 'ping', sql: 'PING' }, reply: new ReplyReader(onePacket()) }
      case COM_QUERY:
        return {
          statement: isTruncated ? undefined : { kind: 'query', sql: this.#sqlOfQuery(payload) },
          reply: new ReplyReader(results(this.#capabilities)),
        }
      case COM_STMT_PREPARE:
        return this.#prepare(isTruncated ? undefined : payload.toString('utf8', 1))
      case COM_STMT_EXECUTE:
      case COM_STMT_BULK_EXECUTE:
        return {
          statement: {
            kind: 'execute',
            sql: this.#sqlOfPrepared.get(payload.readUInt32LE(1)) ?? '(execute)',
          },
          reply: new ReplyReader(results(this.#capabilities)),
        }
      case COM_STMT_CLOSE:
        this.#sqlOfPrepared.delete(payload.readUInt32LE(1))
        return { statement: undefined, reply: undefined }
      case COM_STMT_SEND_LONG_DATA:
        return { statement: undefined, reply: undefined }
      case COM_CHANGE_USER:
        return { statement: undefined, reply: new ReplyReader(authentication()) }
      default:
        return { statement: undefined, reply: new ReplyReader(onePacket()) }
    }
  }

  #sqlOfQuery(payload: Buffer): string {
    if (!this.#capabilities.queryAttributes) return payload.toString('utf8', 1)
    // Without attributes, a count of 0 and the number of parameter sets, always 1, precede the text.
    return payload[1] === 0 ? payload.toString('utf8', 3) : '(query with attributes)'
  }

  #prepare(sql: string | undefined): Command {
    const remember = (id: number) => {
      if (sql !== undefined) this.#sqlOfPrepared.set(id, sql)
    }
    remember(LAST_PREPARED)
    return {
      statement: sql === undefined ? undefined : { kind: 'prepare', sql },
      reply: new ReplyReader(prepared(this.#capabilities, remember)),
    }
  }
}
