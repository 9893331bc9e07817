import { type Check, ok, warn } from '../check.js'
import { inMs, median } from '../figures.js'
import type { Session } from '../sessions.js'

const ROUND_TRIPS = 5

interface Answer {
  readonly target: string
  readonly host: string | undefined
  readonly handshakeMs: number
  readonly roundTripMs: number
  /** Empty without TLS. */
  readonly cipher: string
}

export const connection: Check<Answer> = {
  id: 'connection',
  title: 'Connection',
  async ask({ target, host, witnesses: [first], settings }) {
    return {
      target,
      host,
      handshakeMs: first.handshakeMs,
      roundTripMs: await roundTripOf(first),
      cipher: settings.get('ssl_cipher') ?? '',
    }
  },
  judge({ target, host, handshakeMs, roundTripMs, cipher }) {
    const figures = { handshakeMs, roundTripMs }
    const reached = `${target}, connected in ${inMs(handshakeMs)}, ${inMs(roundTripMs)} a round trip`
    if (cipher !== '') return ok(`${reached}, TLS (${cipher})`, { figures })
    if (isOnThisMachine(host)) return ok(`${reached}, without TLS on this machine`, { figures })
    return warn(
      `${reached}, without TLS: whoever can write to this network can end a lock or take its place in the transaction`,
      { figures, advice: 'Turn TLS on: ssl-mode in the URL or in the option file.' },
    )
  },
}

async function roundTripOf({ query }: Session): Promise<number> {
  const took: number[] = []
  for (let count = 0; count < ROUND_TRIPS; count++) {
    const begun = performance.now()
    await query('SELECT 1')
    took.push(performance.now() - begun)
  }
  return median(took)
}

function isOnThisMachine(host: string | undefined): boolean {
  return host === undefined || host === 'localhost' || host === '::1' || host.startsWith('127.')
}
