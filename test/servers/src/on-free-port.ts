import { freePorts } from './free-port.js'
import { messageOf, type Log } from './log.js'

const ATTEMPTS = 5

/** Starts a server on a port that is free, on another when somebody else has got hold of it first. */
export async function onFreePort<T>(log: Log, start: (port: number) => Promise<T>): Promise<T> {
  return onFreePorts(1, log, ([port]) => start(port!))
}

/** The same for servers that need several: all are chosen anew. */
export async function onFreePorts<T>(
  count: number,
  log: Log,
  start: (ports: readonly number[]) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    const ports = await freePorts(count)
    try {
      return await start(ports)
    } catch (error) {
      if (attempt === ATTEMPTS || !isPortTaken(error)) throw error
      log(`one of the ports ${ports.join(', ')} was taken meanwhile; trying others`)
    }
  }
}

/** What the servers log, which stands in the messages of the errors that tell of a failed start. */
const isPortTaken = (error: unknown) =>
  /address already in use|bind on TCP\/IP port|port already in use/i.test(messageOf(error))
