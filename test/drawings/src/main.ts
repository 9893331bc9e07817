import { startServer, type TestServer } from '@ormutex-test/servers'
import { bothOrders, oneConnection } from './drawings.js'
import { rightOrder, wrongOrder } from './plays.js'
import { record } from './stage.js'
import { serverName } from './server-name.js'
import { type Drawing, write } from './svg.js'

/** Draws what connections do on a server. */
export async function drawConnections(server: TestServer): Promise<Drawing[]> {
  const right = await record(server, rightOrder)
  const wrong = await record(server, wrongOrder)
  const where = serverName(server)
  return [oneConnection(right, where), bothOrders(wrong, right, where)]
}

/** Starts a server and writes the drawings of what connections do on it. */
export async function writeDrawings(folder: string): Promise<void> {
  const server = await startServer('mysql')
  try {
    for (const drawing of await drawConnections(server)) await write(drawing, folder)
  } finally {
    await server.stop()
  }
}
