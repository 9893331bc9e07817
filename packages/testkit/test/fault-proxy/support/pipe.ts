import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { startFaultProxy, type FaultProxy } from '@ormutex/testkit/fault-proxy'
import { eventually } from './timing.js'
import { greeting, handshakeResponse, ok, type Flags } from './wire.js'

/** A bare socket that remembers what it received. */
export class Endpoint {
  readonly #socket: Socket
  readonly #received: Buffer[] = []
  #length = 0
  /** Whether the other side has ended or reset the connection. */
  isClosed = false

  constructor(socket: Socket) {
    this.#socket = socket
    socket.setNoDelay(true)
    socket.on('data', (chunk) => {
      this.#received.push(chunk)
      this.#length += chunk.length
    })
    socket.on('error', () => {})
    for (const event of ['end', 'close']) socket.on(event, () => (this.isClosed = true))
  }

  get receivedLength(): number {
    return this.#length
  }

  get unsentLength(): number {
    return this.#socket.writableLength
  }

  send(bytes: Buffer): void {
    this.#socket.write(bytes)
  }

  async sendByteByByte(bytes: Buffer): Promise<void> {
    for (const byte of bytes) {
      this.#socket.write(Buffer.of(byte))
      await new Promise((resolve) => setImmediate(resolve))
    }
  }

  /** Waits for `length` bytes and forgets them. */
  async take(length: number): Promise<Buffer> {
    await eventually(() => this.#length >= length, `${length} bytes received`)
    const all = Buffer.concat(this.#received)
    this.#received.splice(0, Infinity, all.subarray(length))
    this.#length = all.length - length
    return all.subarray(0, length)
  }

  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }

  /** Sends no more, but still receives. */
  end(): void {
    this.#socket.end()
  }

  reset(): void {
    this.#socket.resetAndDestroy()
  }

  destroy(): void {
    this.#socket.destroy()
  }
}

interface Ends {
  readonly client: Endpoint
  readonly server: Endpoint
}

async function join({ host, port }: FaultProxy, listener: Server): Promise<Ends> {
  const accepted = once(listener, 'connection') as Promise<[Socket]>
  const client = new Endpoint(connect({ host, port }))
  const [server] = await accepted
  return { client, server: new Endpoint(server) }
}

/** A proxy between two bare sockets, for what a real client and server never do. */
export class Pipe {
  readonly proxy: FaultProxy
  readonly errors: Error[]
  readonly client: Endpoint
  readonly server: Endpoint
  readonly #listener: Server

  private constructor(proxy: FaultProxy, errors: Error[], client: Endpoint, server: Endpoint, listener: Server) {
    this.proxy = proxy
    this.errors = errors
    this.client = client
    this.server = server
    this.#listener = listener
  }

  static async lay(): Promise<Pipe> {
    // A server still answers a client that has ended its side.
    const listener = createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1')
    await once(listener, 'listening')
    const { port } = listener.address() as AddressInfo
    const errors: Error[] = []
    const proxy = await startFaultProxy({ host: '127.0.0.1', port, onError: (error) => errors.push(error) })
    const { client, server } = await join(proxy, listener)
    return new Pipe(proxy, errors, client, server, listener)
  }

  /** Another client of the same proxy, which whoever asks for it ends. */
  another(): Promise<Ends> {
    return join(this.proxy, this.#listener)
  }

  /** A handshake in which both sides have the same capabilities. */
  async shakeHands(flags: Partial<Flags> = {}, connectionId = 0): Promise<void> {
    const both = { flags: 0, mariadbFlags: 0, ...flags }
    const hello = greeting(both, connectionId)
    this.server.send(hello)
    await this.client.take(hello.length)
    const response = handshakeResponse(both)
    this.client.send(response)
    await this.server.take(response.length)
    this.server.send(ok(2))
    await this.client.take(ok(2).length)
  }

  async remove(): Promise<void> {
    this.client.destroy()
    this.server.destroy()
    await this.proxy.close()
    this.#listener.close()
  }
}
