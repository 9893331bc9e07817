import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { SplitClient } from './client.js'
import type { ServerAccess } from './server-session.js'
import { ServerSessions, type SplittingMode } from './sessions.js'

/** Ids of the proxy's own begin here, where no server of a test will come to. */
const FIRST_CONNECTION_ID = 1_000_000

/** Options of `startSplittingProxy()`: the server behind it, with an account for the proxy itself. */
export interface SplittingProxyOptions extends ServerAccess {
  /** Which session of the server a command goes to. */
  readonly mode: SplittingMode
}

/** A pooler in front of a real server: clients have connections to it, and it has others to the server. */
export interface SplittingProxy {
  /** Where clients reach it: `127.0.0.1`. */
  readonly host: string
  /** The free port that it has found. */
  readonly port: number
  /** Closes every connection and stops listening. Never rejects. */
  close(): Promise<void>
}

/**
 * Listens on a free port of 127.0.0.1. Any account and any database will do for clients: the proxy has its own.
 *
 * @throws {Error} mysql2's, when the server cannot be reached, or the system's, when it gives no port
 * @example
 * const proxy = await startSplittingProxy({ ...server, database: 'shop', mode: 'transaction' })
 */
export async function startSplittingProxy(options: SplittingProxyOptions): Promise<SplittingProxy> {
  const { mode, host, port, user, password, database } = options
  const sessions = new ServerSessions({ host, port, user, password, database }, mode)
  await sessions.open()
  const clients = new Set<SplitClient>()
  let connectionId = FIRST_CONNECTION_ID
  const listener = createServer((socket) => {
    connectionId += 1
    const client = new SplitClient(socket, connectionId, sessions)
    clients.add(client)
    socket.on('close', () => clients.delete(client))
  })
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  return {
    host: '127.0.0.1',
    port: (listener.address() as AddressInfo).port,
    close: async () => {
      listener.close()
      for (const client of clients) client.close()
      sessions.close()
      await once(listener, 'close')
    },
  }
}
