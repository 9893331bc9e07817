import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'

/** Free at the time of asking: whoever uses them must be ready to find one taken. */
export async function freePorts(count: number): Promise<number[]> {
  // All are held until the last is chosen, so that none is chosen twice.
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'))
  await Promise.all(servers.map((server) => once(server, 'listening')))
  const ports = servers.map((server) => (server.address() as AddressInfo).port)
  await Promise.all(
    servers.map(async (server) => {
      server.close()
      await once(server, 'close')
    }),
  )
  return ports
}
