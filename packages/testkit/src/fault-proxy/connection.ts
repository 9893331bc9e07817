import type { Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Fault, ReplyFault } from './faults.js'
import { Lane } from './lane.js'
import { CommandReader, type Command } from './protocol/command-reader.js'
import { errorPacket } from './protocol/error-packet.js'
import { negotiate, readGreeting, type Greeting } from './protocol/handshake.js'
import { PacketSplitter, sequenceOf } from './protocol/packets.js'
import { Replies } from './replies.js'
import { ConnectionSession, type Session } from './session.js'
import type { Statement } from './statement.js'

/** What a connection needs of the proxy it belongs to. */
export interface Observer {
  /** Called with each statement as it arrives; answers what to do with it. */
  statement(statement: Statement): Fault | undefined
  error(error: Error): void
}

interface Greeted {
  readonly greeting: Greeting
  readonly session: Session
}

/** Who holds a connection's bytes back; they flow when nobody does. */
export type Freezer = 'proxy' | 'session'

/** Packets whose kinds are told when a connection cannot be read. */
const MOST_NOTED = 24

/** One client, its own connection to the server, and what is on its way between them. */
export class Connection {
  /** Resolves when both sockets are closed. */
  readonly closed: Promise<unknown>
  /** The proxy's own running number of the connection, from 1. */
  readonly number: number
  readonly #client: Socket
  readonly #server: Socket
  readonly #observer: Observer
  readonly #toServer: Lane
  readonly #toClient: Lane
  readonly #replies: Replies
  readonly #ending = new AbortController()
  readonly #freezers = new Set<Freezer>()
  #greeted: Greeted | undefined
  #commands: CommandReader | undefined
  #clientIsGone = false
  /** For whoever has to find out why a connection could not be read. */
  readonly #last: { readonly from: 'client' | 'server'; readonly packet: Buffer }[] = []

  constructor(number: number, client: Socket, server: Socket, observer: Observer) {
    this.number = number
    this.#client = client
    this.#server = server
    this.#observer = observer
    const giveUp = (error: Error) => this.#giveUp(error)
    this.#toServer = new Lane(client, server, giveUp)
    this.#toClient = new Lane(server, client, giveUp)
    this.#replies = new Replies({
      deliver: (packet) => this.#toClient.write(packet),
      wait: (ms) => this.#toClient.push(() => sleep(ms, undefined, { signal: this.#ending.signal })),
      closeAfterDelivery: () => this.#toClient.push(() => this.#closeAfterDelivery()),
      reset: () => this.#reset(),
      resetWithin: (ms) => this.#resetWithin(ms),
    })
    this.#listen()
    this.closed = Promise.all([isClosed(client), isClosed(server)]).finally(() => this.#end())
  }

  /** Whether the client is still there. */
  get isLive(): boolean {
    return !this.#clientIsGone && !this.#client.destroyed
  }

  /** Whether any of the two sockets is. */
  get isOpen(): boolean {
    return !this.#client.destroyed || !this.#server.destroyed
  }

  /** Whether the server has not wholly answered what it was sent. */
  get isOwedReply(): boolean {
    return this.#replies.isOwed
  }

  /** Absent until the server has greeted. */
  get session(): Session | undefined {
    return this.#greeted?.session
  }

  freeze(freezer: Freezer): void {
    this.#freezers.add(freezer)
    this.#toServer.freeze()
    this.#toClient.freeze()
  }

  thaw(freezer: Freezer): void {
    this.#freezers.delete(freezer)
    if (this.#freezers.size > 0) return
    this.#toServer.thaw()
    this.#toClient.thaw()
  }

  setLatency(ms: number): void {
    this.#toServer.setLatency(ms)
    this.#toClient.setLatency(ms)
  }

  loseNextReply(ms: number | undefined): void {
    this.#replies.loseNext(ms)
  }

  /** Closes both sockets at once, with a FIN or, by `reset`, a RST. */
  cut({ reset }: { reset: boolean }): void {
    this.#end()
    for (const socket of [this.#client, this.#server]) close(socket, reset)
  }

  #listen(): void {
    const client = this.#client
    const server = this.#server
    for (const socket of [client, server]) {
      socket.setNoDelay(true)
      // What happened is told by 'close', which always follows.
      socket.on('error', () => {})
    }

    const clientPackets = new PacketSplitter()
    client.on('data', (chunk) => this.#take(clientPackets.push(chunk), (packet) => this.#fromClient(packet)))
    client.on('end', () => {
      this.#clientIsGone = true
      this.#toServer.push(() => void server.end())
    })
    client.on('close', (hadError) => {
      if (hadError) this.#toServer.push(() => close(server, true))
    })

    const serverPackets = new PacketSplitter()
    server.on('data', (chunk) => this.#take(serverPackets.push(chunk), (packet) => this.#fromServer(packet)))
    server.on('end', () => this.#toClient.push(() => this.#closeAfterDelivery()))
    server.on('close', (hadError) => {
      if (hadError) this.#reset()
    })
  }

  #take(packets: Buffer[], take: (packet: Buffer) => void): void {
    try {
      for (const packet of packets) take(packet)
    } catch (error) {
      this.#giveUp(this.#unreadable(error as Error))
    }
  }

  #fromServer(packet: Buffer): void {
    this.#note('server', packet)
    this.#greeted ??= this.#greet(packet)
    this.#replies.fromServer(packet)
  }

  #greet(packet: Buffer): Greeted | undefined {
    const greeting = readGreeting(packet)
    return greeting && { greeting, session: new ConnectionSession(String(greeting.connectionId), this) }
  }

  #fromClient(packet: Buffer): void {
    this.#note('client', packet)
    if (this.#greeted === undefined) throw new Error('The client spoke before the server: this is not MySQL')
    const { greeting, session } = this.#greeted
    if (this.#commands === undefined) {
      this.#commands = new CommandReader(negotiate(greeting, packet))
      return this.#toServer.write(packet)
    }
    // Only a command begins at 0; the rest of the handshake, and what continues a command, does not.
    if (sequenceOf(packet) !== 0) return this.#toServer.write(packet)

    const command = this.#commands.read(packet)
    if (command.statement === undefined) return this.#forward(packet, command, undefined)
    const statement: Statement = {
      connection: this.number,
      sessionId: session.id,
      ...command.statement,
      at: performance.now(),
    }
    const fault = this.#observer.statement(statement)
    switch (fault?.kind) {
      case 'wait':
        this.#toServer.push(() => fault.until(statement, this.#ending.signal))
        return this.#forward(packet, command, undefined)
      case 'fail':
        return this.#toServer.push(() => this.#replies.answer(errorPacket(fault.error)))
      case 'swallow':
        return
      case 'cut-before':
        return this.#toServer.push(() => this.cut({ reset: true }))
      default:
        return this.#forward(packet, command, fault?.reply)
    }
  }

  #forward(packet: Buffer, { reply }: Command, fault: ReplyFault | undefined): void {
    this.#toServer.push(() => {
      if (reply !== undefined) this.#replies.expect(reply, fault)
    })
    this.#toServer.write(packet)
  }

  #resetWithin(ms: number): void {
    sleep(ms, undefined, { signal: this.#ending.signal }).then(
      () => this.#reset(),
      () => {},
    )
  }

  #reset(): void {
    this.#toClient.push(() => this.cut({ reset: true }))
  }

  /** Lets the client read what it was sent, which a RST might not. */
  #closeAfterDelivery(): void {
    this.#end()
    this.#client.destroySoon()
    close(this.#server, true)
  }

  #giveUp(error: Error): void {
    this.cut({ reset: true })
    this.#observer.error(error)
  }

  #note(from: 'client' | 'server', packet: Buffer): void {
    this.#last.push({ from, packet })
    if (this.#last.length > MOST_NOTED) this.#last.shift()
  }

  #unreadable(cause: Error): Error {
    return new Error(`Connection ${this.number} cannot be read: ${cause.message}, after ${this.#shownLast()}`, {
      cause,
    })
  }

  /** Kind and length of the last packets: no more than that, since the rest may be anybody's. */
  #shownLast(): string {
    return this.#last
      .map(({ from, packet }) => `${from} 0x${packet.toString('hex', 4, 5)} (${packet.length - 4})`)
      .join(', ')
  }

  #end(): void {
    this.#toServer.end()
    this.#toClient.end()
    this.#ending.abort()
  }
}

function isClosed(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.once('close', () => resolve()))
}

function close(socket: Socket, reset: boolean): void {
  if (socket.destroyed) return
  // What has gone before the close is not taken back by it.
  socket.uncork()
  // A socket that was sent its FIN cannot be reset any more (EINVAL), and Node would then never tell that it is closed.
  if (reset && !socket.writableEnded) socket.resetAndDestroy()
  else socket.destroy()
}
