import { setTimeout as sleep } from 'node:timers/promises'
import { type Application, openApplication } from './application.js'
import { now } from './clock.js'
import { increment } from './increment.js'
import type { Operation } from './operation.js'
import type { Order, Report } from './worker-protocol.js'

// One of the demo's processes: an ORM of its own, and nothing shared with the others but the server.

/** Connections are opened and the code has been compiled by then; the first updates look like all others. */
const WARM_UPS = 10

let application: Application | undefined

async function obey(order: Order): Promise<Report> {
  if (order.type === 'connect') {
    application = await openApplication(order.orm, order.access)
    for (let done = 0; done < WARM_UPS; done++) {
      await increment(application, 'without lock', order.ownAccount)
      await increment(application, 'with lock', order.ownAccount)
    }
    return { type: 'connected' }
  }
  if (application === undefined) throw new Error('Asked to run before it was asked to connect')
  await sleep(order.startAt - now())
  const operations: Operation[] = []
  while (operations.length < order.increments) operations.push(await increment(application, order.way, order.account))
  return { type: 'done', operations }
}

function report(message: Report): void {
  // When another worker has failed, the parent may be gone from the channel by now: with a callback that is no error.
  process.send?.(message, undefined, undefined, () => {})
}

process.on('message', (order: Order) => {
  obey(order).then(report, (error: unknown) => {
    report({ type: 'failed', message: error instanceof Error ? error.message : String(error) })
  })
})
process.on('disconnect', () => process.exit())
// A terminal sends Ctrl-C to every process; the parent ends the workers when it has heard of it.
process.on('SIGINT', () => {})
