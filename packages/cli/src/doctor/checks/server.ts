import type { ServerFacts } from '@ormutex/core/sql'
import { type Check, ok, warn } from '../check.js'

type Answer = Pick<ServerFacts, 'product' | 'version'>

export const server: Check<Answer> = {
  id: 'server',
  title: 'Server',
  ask: ({ facts }) => facts,
  judge({ product, version }) {
    const named = version.toLowerCase().includes(product.toLowerCase()) ? version : `${product} ${version}`
    switch (product) {
      case 'TiDB':
        return warn(
          `${named}, where named locks exclude across the cluster, but a wait lasts at least a second and at most an hour, a lock ` +
            'expires after an hour, and a circle of waiters is not seen (TiDB documentation and issues)',
          { advice: 'Keep holds below an hour with holdTimeoutMs, and give every wait a timeoutMs.' },
        )
      case 'Vitess':
        return warn(
          `${named}, where a named lock is kept on one shard for everybody, but connections that are idle for 20 to 30 s are ended ` +
            'and the lock with them (Vitess issues)',
          { advice: 'Set keepAliveMs to 5000.' },
        )
      default:
        return ok(named)
    }
  },
}
