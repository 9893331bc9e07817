import type { Socket } from 'node:net'
import { errorPacket } from '../fault-proxy/protocol/error-packet.js'
import { PacketSplitter, payloadOf, sequenceOf } from '../fault-proxy/protocol/packets.js'
import { greetingPacket, okPacket } from './greeting.js'
import { isErrorReply, type ServerSession } from './server-session.js'
import type { ServerSessions } from './sessions.js'

const COM_QUIT = 0x01
const COM_QUERY = 0x03
const COM_PING = 0x0e
const COM_STMT_PREPARE = 0x16
const COM_STMT_EXECUTE = 0x17
const COM_STMT_CLOSE = 0x19

/** ER_UNKNOWN_COM_ERROR. */
const UNKNOWN_COMMAND = { errno: 1047, sqlState: '08S01', message: 'The splitting proxy does not know this command' }

/** A client of the proxy, whose commands go to whichever session of the server the mode says. */
export class SplitClient {
  readonly #socket: Socket
  readonly #sessions: ServerSessions
  /** What it has prepared, under the proxy's own ids. */
  readonly #statements: string[] = []
  #kept: ServerSession | undefined
  #isPinned = false
  #isGreeted = false
  #served = Promise.resolve()

  constructor(socket: Socket, connectionId: number, sessions: ServerSessions) {
    this.#socket = socket
    this.#sessions = sessions
    socket.setNoDelay(true)
    socket.on('error', () => {})
    // With a lock or a transaction on it, it is nobody else's.
    socket.on('close', () => this.#kept?.close())
    const packets = new PacketSplitter()
    socket.on('data', (chunk: Buffer) => {
      for (const packet of packets.push(chunk)) {
        const command = Buffer.from(packet)
        this.#served = this.#served.then(() => this.#serve(command))
      }
    })
    socket.write(greetingPacket(connectionId))
  }

  close(): void {
    this.#close()
  }

  async #serve(packet: Buffer): Promise<void> {
    if (this.#socket.destroyed) return
    if (!this.#isGreeted) {
      this.#isGreeted = true
      return this.#reply([okPacket(sequenceOf(packet) + 1)])
    }
    const payload = payloadOf(packet)
    switch (payload[0]) {
      case COM_QUIT:
        this.#socket.end()
        return
      case COM_PING:
        return this.#reply([okPacket(1)])
      case COM_QUERY:
        return this.#route(payload.toString('utf8', 1), (session) => session.run(packet))
      case COM_STMT_PREPARE:
        return this.#prepare(payload.toString('utf8', 1))
      case COM_STMT_EXECUTE: {
        // A client that does not wait for the id sends the largest one.
        const sql = this.#statements[payload.readUInt32LE(1)] ?? this.#statements.at(-1) ?? ''
        return this.#route(sql, (session) => session.execute(sql, packet))
      }
      case COM_STMT_CLOSE:
        return
      default:
        return this.#reply([errorPacket(UNKNOWN_COMMAND)])
    }
  }

  /** Answers with what a session says: the one that is kept, or one that is to be had. */
  async #route(sql: string, ask: (session: ServerSession) => Promise<readonly Buffer[]>): Promise<void> {
    const session = this.#kept ?? (await this.#keep())
    this.#isPinned ||= this.#sessions.isPinnedBy(sql)
    const reply = await ask(session)
    if (this.#socket.destroyed) return
    if (!this.#isPinned && !this.#sessions.isKept(session)) this.#letGo(session)
    this.#reply(reply)
  }

  async #keep(): Promise<ServerSession> {
    const session = await this.#sessions.take()
    this.#kept = session
    session.onClosed(this.#close)
    // Gone before it was there.
    if (this.#socket.destroyed) session.close()
    return session
  }

  #letGo(session: ServerSession): void {
    session.offClosed(this.#close)
    this.#kept = undefined
    this.#sessions.giveBack(session)
  }

  /** What the client waits for will not come. */
  readonly #close = (): void => void this.#socket.destroy()

  /** Ids of the server's mean something on one session only, so the client gets one of ours. */
  async #prepare(sql: string): Promise<void> {
    const session = this.#kept ?? (await this.#sessions.take())
    const reply = await session.prepare(sql)
    if (session !== this.#kept) this.#sessions.putBack(session)
    if (!isErrorReply(reply)) reply[0]!.writeUInt32LE(this.#statements.push(sql) - 1, 5)
    this.#reply(reply)
  }

  #reply(packets: readonly Buffer[]): void {
    this.#socket.write(Buffer.concat(packets))
  }
}
