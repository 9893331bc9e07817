import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { createConnection } from 'mysql2'
import { PacketSplitter, payloadOf } from '../fault-proxy/protocol/packets.js'
import { prepared, ReplyReader, results } from '../fault-proxy/protocol/reply-reader.js'

const COM_STMT_PREPARE = 0x16
const SERVER_STATUS_IN_TRANS = 0x0001

/** Nothing that changes how packets read is agreed upon, with either side. */
const PLAIN = { deprecateEof: false, queryAttributes: false, cacheMetadata: false }

/** How to reach the server behind the proxy. */
export interface ServerAccess {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: string
  readonly database: string
}

interface Question {
  readonly reader: ReplyReader
  readonly reply: Buffer[]
  resolve(reply: Buffer[]): void
}

/** One session of the server's, which answers one command after the other. */
export class ServerSession {
  readonly #socket: Socket
  /** The ids of what was prepared on it, by SQL. */
  readonly #prepared = new Map<string, number>()
  #isInTransaction = false
  #question: Question | undefined

  private constructor(socket: Socket) {
    this.#socket = socket
    const packets = new PacketSplitter()
    socket.on('data', (chunk: Buffer) => packets.push(chunk).forEach((packet) => this.#take(packet)))
  }

  /** mysql2 gets through the handshake, whatever kind of password the server wants; then the socket is taken over. */
  static async open(server: ServerAccess): Promise<ServerSession> {
    const socket = await greetedPlainly(server)
    const flags = ['-SESSION_TRACK', '-LOCAL_FILES', '-CLIENT_QUERY_ATTRIBUTES']
    const connection = createConnection({ ...server, flags, stream: () => socket })
    await once(connection, 'connect')
    for (const event of ['data', 'end', 'close', 'error']) socket.removeAllListeners(event)
    socket.on('error', () => {})
    return new ServerSession(socket)
  }

  get isOpen(): boolean {
    return !this.#socket.destroyed && this.#socket.readable
  }

  /** Whether a transaction is open on it, as the server says with each answer. */
  get isInTransaction(): boolean {
    return this.#isInTransaction
  }

  /** Calls back when it is closed, by the server or by `close`. */
  onClosed(listener: () => void): void {
    this.#socket.on('close', listener)
  }

  offClosed(listener: () => void): void {
    this.#socket.off('close', listener)
  }

  /** Sends a command that runs something, and resolves with the packets of the answer. Never, when the session is closed before. */
  run(command: Buffer): Promise<Buffer[]> {
    const onEnd = (status: number): void => {
      this.#isInTransaction = (status & SERVER_STATUS_IN_TRANS) !== 0
    }
    return this.#ask(command, new ReplyReader(results(PLAIN, onEnd)))
  }

  prepare(sql: string): Promise<Buffer[]> {
    const remember = (id: number): void => void this.#prepared.set(sql, id)
    const text = Buffer.from(sql)
    const command = Buffer.alloc(5 + text.length)
    command.writeUIntLE(1 + text.length, 0, 3)
    command.writeUInt8(COM_STMT_PREPARE, 4)
    text.copy(command, 5)
    return this.#ask(command, new ReplyReader(prepared(PLAIN, remember)))
  }

  /** @param command that executes what was prepared, on any session */
  async execute(sql: string, command: Buffer): Promise<Buffer[]> {
    if (!this.#prepared.has(sql)) {
      const reply = await this.prepare(sql)
      if (isErrorReply(reply)) return reply
    }
    command.writeUInt32LE(this.#prepared.get(sql)!, 5)
    return this.run(command)
  }

  close(): void {
    this.#socket.destroy()
  }

  #ask(command: Buffer, reader: ReplyReader): Promise<Buffer[]> {
    return new Promise((resolve) => {
      this.#question = { reader, reply: [], resolve }
      this.#socket.write(command)
    })
  }

  #take(packet: Buffer): void {
    const question = this.#question
    if (question === undefined) return this.close()
    // Pieces of what is received are used again.
    question.reply.push(Buffer.from(packet))
    if (!question.reader.isComplete(packet)) return
    this.#question = undefined
    question.resolve(question.reply)
  }
}

/**
 * A connection whose server has greeted, without what only a MariaDB server offers: its four bytes stand behind the id, the challenge and
 * the rest of a greeting, and are 0 with MySQL.
 */
async function greetedPlainly({ host, port }: ServerAccess): Promise<Socket> {
  const socket = connect(port, host)
  await once(socket, 'readable')
  const greeting = socket.read() as Buffer
  const behindVersion = greeting.indexOf(0, 5) + 1
  greeting.fill(0, behindVersion + 27, behindVersion + 31)
  socket.unshift(greeting)
  return socket
}

/** Whether an answer is an error and nothing else. */
export function isErrorReply(reply: readonly Buffer[]): boolean {
  return payloadOf(reply[0]!)[0] === 0xff
}
