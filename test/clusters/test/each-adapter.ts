import assert from 'node:assert/strict'
import { eventually } from './asking.js'
import { raise } from './counters.js'
import { hold, type HeldCall } from './held-call.js'
import { ADAPTER_NAMES, type AdapterName, type LockingClient } from './locking-client.js'

export type Clients = Readonly<Record<AdapterName, LockingClient>>

/** Each adapter's own name for its lock and its counter. */
export const nameOf = (test: string, adapter: AdapterName): string => `${test}-${adapter}`

/** Runs a test while one caller of each adapter holds its lock, has raised its counter by 100 and has not committed. */
export async function whileHeld(
  clients: Clients,
  test: string,
  work: (held: readonly HeldCall[]) => Promise<void>,
): Promise<void> {
  const held = await Promise.all(
    ADAPTER_NAMES.map((adapter) => {
      const name = nameOf(test, adapter)
      return hold(clients[adapter], name, (send) => send(raise(name, 100)))
    }),
  )
  try {
    await work(held)
  } finally {
    for (const call of held) call.finish()
  }
}

/** Each adapter takes its lock and raises its counter by 1, as soon as the server lets it. */
export async function raiseEach(clients: Clients, test: string): Promise<void> {
  await Promise.all(
    ADAPTER_NAMES.map(async (adapter) => {
      const name = nameOf(test, adapter)
      await eventually(`the lock ${name}`, () =>
        clients[adapter].withLock(name, async (send) => {
          await send(raise(name, 1))
          return true
        }),
      )
    }),
  )
}

/** Each adapter is refused the lock with such an error, and its callback is not run. */
export async function refusesEach(clients: Clients, expected: object): Promise<void> {
  for (const client of Object.values(clients)) {
    await assert.rejects(
      client.withLock('a', () => assert.fail('ran')),
      expected,
    )
  }
}
