import type { Flavour } from './flavour.js'
import type { TestServer } from './server.js'
import { startServer } from './start-server.js'

const servers = new Map<Flavour, Promise<TestServer>>()

/** One server of a flavour for everybody in this process; it ends with the process. Each test file takes its own database. */
export function sharedServer(flavour: Flavour): Promise<TestServer> {
  let server = servers.get(flavour)
  if (server === undefined) {
    server = startServer(flavour)
    servers.set(flavour, server)
  }
  return server
}
