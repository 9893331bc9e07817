import type { Client } from './contender.js'
import { contender } from './contenders/catalog.js'
import { type Task, tasks } from './tasks/tasks.js'
import type { Order, Report } from './worker-protocol.js'

// One of the benchmark's processes: contenders of its own, and nothing shared with the others but the servers.

const clients = new Map<string, Client>()

async function obey(order: Order): Promise<unknown> {
  switch (order.type) {
    case 'open':
      for (const id of order.contenders) clients.set(id, await contender(id).open(order.servers, order.poolSize))
      return
    case 'task':
      return (tasks[order.task] as Task<unknown, unknown>)(clientOf, order.order)
    case 'close':
      await Promise.all([...clients.values()].map((client) => client.close()))
      clients.clear()
      return
  }
}

function clientOf(id: string): Client {
  const client = clients.get(id)
  if (client === undefined) throw new Error(`Asked for ${id} before it was opened`)
  return client
}

function report(message: Report): void {
  // When another worker has failed, the parent may be gone from the channel by now: with a callback that is no error.
  process.send?.(message, undefined, undefined, () => {})
}

process.on('message', (order: Order) => {
  obey(order).then(
    (result) => report({ type: 'done', result }),
    (error: unknown) =>
      report({ type: 'failed', message: error instanceof Error ? (error.stack ?? '') : String(error) }),
  )
})
process.on('disconnect', () => process.exit())
// A terminal sends Ctrl-C to every process; the parent ends the workers when it has heard of it.
process.on('SIGINT', () => {})
