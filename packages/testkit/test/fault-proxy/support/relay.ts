import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'

interface Address {
  readonly host: string
  readonly port: number
}

/** The address of a server that goes and comes, as at a restart. */
export class Relay {
  readonly host = '127.0.0.1'
  readonly port: number
  readonly #listener: Server
  readonly #sockets = new Set<Socket>()
  readonly #target: Address

  private constructor(listener: Server, target: Address) {
    this.port = (listener.address() as AddressInfo).port
    this.#listener = listener
    this.#target = target
    listener.on('connection', (client) => this.#join(client))
  }

  static async to(target: Address): Promise<Relay> {
    const listener = createServer().listen(0, '127.0.0.1')
    await once(listener, 'listening')
    return new Relay(listener, target)
  }

  /** Ends every connection and takes no more. */
  async interrupt(): Promise<void> {
    if (!this.#listener.listening) return
    const closed = once(this.#listener, 'close')
    this.#listener.close()
    for (const socket of this.#sockets) socket.destroy()
    await closed
  }

  async resume(): Promise<void> {
    this.#listener.listen(this.port, this.host)
    await once(this.#listener, 'listening')
  }

  #join(client: Socket): void {
    const server = connect(this.#target)
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const) {
      this.#sockets.add(socket)
      socket.setNoDelay(true)
      socket.pipe(other)
      socket.on('error', () => {})
      socket.on('close', () => {
        this.#sockets.delete(socket)
        other.destroy()
      })
    }
  }
}
