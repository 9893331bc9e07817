import { once } from 'node:events'
import { FLAVOUR_NAMES, serverName } from '@ormutex-test/drawings/server-name'
import { write } from '@ormutex-test/drawings/svg'
import { startServer, type Flavour, type TestServer } from '@ormutex-test/servers'
import { connect, createAccounts, readBalance, setBalance, SHARED_ACCOUNT } from './account.js'
import { type Orm, ORM_NAMES } from './application.js'
import type { Way } from './increment.js'
import { demoPicture } from './picture.js'
import { introduction, summary, verdict, type Results } from './report.js'
import type { RunResult } from './run-result.js'
import type { Screen } from './screen.js'
import { Workers } from './workers.js'

export interface DemoOptions {
  processes: number
  /** What the processes use, in turns. */
  orms: readonly Orm[]
  /** How often each process adds 1. */
  increments: number
  server: Flavour
  /** The folder that gets pictures of the run, or null for none. */
  picture: string | null
  /** Ends the demo early: the call then rejects when everything is gone that can be waited for. */
  signal: AbortSignal
}

/**
 * Starts a server, lets processes add to one row without the lock and with it, shows what came of it and ends everything.
 *
 * @returns whether it went as it must: updates are lost without the lock, and none with it
 */
export async function runDemo(options: DemoOptions, screen: Screen): Promise<boolean> {
  const server = await serverFor(options, screen)
  try {
    const results = await runBoth(options, server, screen)
    if (options.picture !== null) await write(demoPicture(results, serverName(server)), options.picture)
    const { text, isGood } = verdict(results, screen.paint)
    console.log(`${summary(results, screen)}\n${text}\n`)
    return isGood
  } finally {
    await server.stop()
  }
}

function serverFor({ server: flavour, signal }: DemoOptions, { step }: Screen): Promise<TestServer> {
  return step(`Starting a ${FLAVOUR_NAMES[flavour]} server`, async (log) => {
    let isStarting = true
    // What it says later on would come between the results.
    const starting = startServer(flavour, { log: (line) => isStarting && log(line) })
    try {
      // A start cannot be called off; the server ends with this process.
      return await Promise.race([starting, abortOf(signal)])
    } finally {
      isStarting = false
    }
  })
}

async function abortOf(signal: AbortSignal): Promise<never> {
  if (!signal.aborted) await once(signal, 'abort')
  throw signal.reason
}

async function runBoth(options: DemoOptions, server: TestServer, screen: Screen): Promise<Results> {
  const { processes, increments, signal } = options
  const orms = Array.from({ length: processes }, (_, index) => options.orms[index % options.orms.length]!)
  const names = orms.map((orm, index) => `${index + 1} ${ORM_NAMES[orm]}`)
  const db = connect(server)
  try {
    await createAccounts(db, processes)
    const workers = new Workers(orms, signal)
    try {
      await screen.step(`Starting ${processes} processes with ${listOf(options.orms)}`, () => workers.connect(server))
      console.log(introduction(options, screen.paint))
      const run = async (way: Way): Promise<RunResult> => {
        await setBalance(db, SHARED_ACCOUNT, 0)
        const operations = await workers.run(way, increments)
        return { way, names, processes: operations, balance: await readBalance(db, SHARED_ACCOUNT) }
      }
      return {
        without: await screen.step('Running without the lock', () => run('without lock')),
        with: await screen.step('Running with the lock', () => run('with lock')),
      }
    } finally {
      await workers.end()
    }
  } finally {
    await db.destroy()
  }
}

function listOf(orms: readonly Orm[]): string {
  return new Intl.ListFormat('en').format(orms.map((orm) => ORM_NAMES[orm]))
}
