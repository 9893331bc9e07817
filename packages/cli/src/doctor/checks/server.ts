import { refusalOf, type ServerFacts } from '@ormutex/core/sql'
import { type Check, fail, ok } from '../check.js'

export const server: Check<ServerFacts> = {
  id: 'server',
  title: 'Server',
  ask: ({ facts }) => facts,
  judge(facts) {
    const { product, version } = facts
    const named = version.toLowerCase().includes(product.toLowerCase()) ? version : `${product} ${version}`
    if (product === 'MySQL' || product === 'MariaDB') return ok(named)
    const refusal = refusalOf(facts, { allowNodeLocalLocks: false })
    return fail(`${named}, where the library cannot take locks. ${refusal}.`, {
      advice: 'Take the locks on a MySQL or MariaDB server.',
    })
  },
}
