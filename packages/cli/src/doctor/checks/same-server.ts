import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import { type Check, fail, ok, warn } from '../check.js'
import { describeIdentity, isSameServer, type ServerIdentity } from '../identity.js'

interface Answer {
  /** Of every connection that was opened. */
  readonly identities: readonly ServerIdentity[]
  /** Of how many machines the host is the name. */
  readonly addresses: number
  readonly host: string | undefined
}

/** A load balancer, or a name with several addresses, may lead every connection to another server. */
export const sameServer: Check<Answer> = {
  id: 'same-server',
  title: 'Same server',
  async ask({ host, witnesses }) {
    const identities = witnesses.flatMap(({ identity }) => (identity === undefined ? [] : [identity]))
    return { identities, addresses: await addressesOf(host), host }
  },
  judge({ identities, addresses, host }) {
    const distinct = identities.filter(
      (identity, index) => identities.findIndex((other) => isSameServer(identity, other)) === index,
    )
    if (distinct.length > 1) {
      return fail(
        `${identities.length} connections reach ${distinct.length} different servers: ` +
          `${distinct.map(describeIdentity).join(', ')}. A lock on one excludes nobody on another.`,
        {
          advice:
            'Connect to one server: its own address, or a port of the load balancer that leads to the writer only.',
        },
      )
    }
    if (identities.length === 0) return undefined
    if (addresses > 1) {
      return warn(
        `${host} is the name of ${addresses} addresses, though all connections have reached the same server now.`,
        {
          advice: 'Make sure that they all lead to the same server, always.',
        },
      )
    }
    return ok(`All of ${identities.length} connections reach the same one.`)
  },
}

async function addressesOf(host: string | undefined): Promise<number> {
  if (host === undefined || isIP(host) !== 0) return 1
  const found = await lookup(host, { all: true }).catch(() => [])
  // One machine has an address of each family.
  const ofFamily = (wanted: number) => new Set(found.flatMap((it) => (it.family === wanted ? [it.address] : []))).size
  return Math.max(ofFamily(4), ofFamily(6), 1)
}
