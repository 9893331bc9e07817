import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

export interface Balancer {
  readonly port: number
  close(): void
}

/** What leads to several servers under one address: each connection goes to the next one. */
export async function startBalancer(
  servers: readonly { readonly host: string; readonly port: number }[],
): Promise<Balancer> {
  const sockets = new Set<Socket>()
  let turn = 0
  const listener = createServer((client) => {
    const { host, port } = servers[turn++ % servers.length]!
    const server = connect(port, host)
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const) {
      sockets.add(socket)
      socket
        .on('error', () => {})
        .on('close', () => {
          sockets.delete(socket)
          other.destroy()
        })
    }
    client.pipe(server).pipe(client)
  })
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  return {
    port: (listener.address() as AddressInfo).port,
    close() {
      listener.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}
