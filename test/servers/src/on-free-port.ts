import { freePort } from './free-port.js'
import { JobEnded } from './guarded-job.js'
import type { Log } from './log.js'

const ATTEMPTS = 5

/** Starts a server on a port that is free, on another when somebody else has got hold of it first. */
export async function onFreePort<T>(log: Log, start: (port: number) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    const port = await freePort()
    try {
      return await start(port)
    } catch (error) {
      if (attempt === ATTEMPTS || !isPortTaken(error)) throw error
      log(`port ${port} was taken meanwhile; trying another`)
    }
  }
}

const isPortTaken = (error: unknown) =>
  error instanceof JobEnded && error.exit.log.some((line) => /address already in use|bind on TCP\/IP port/i.test(line))
