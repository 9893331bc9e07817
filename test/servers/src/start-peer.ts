import { newPassword } from './account.js'
import { answering } from './answering.js'
import { dataPlace } from './data-place.js'
import { firstFound } from './first-found.js'
import { GuardedJob } from './guarded-job.js'
import { silent, type Log } from './log.js'
import { onFreePort } from './on-free-port.js'
import { sweepOwned } from './owned-directory.js'
import type { PeerInstallation } from './peer-installation.js'
import type { PeerRecipe, PeerStart } from './peer-recipe.js'
import { PEER_WAYS } from './peer-ways.js'
import type { PeerKind, PeerServer, StartPeerOptions } from './peer.js'
import { postgresql } from './postgresql.js'
import { redis } from './redis.js'

const RECIPES: Record<PeerKind, PeerRecipe> = { redis, postgresql }

/**
 * Starts a Redis or PostgreSQL server of one's own and answers when it takes clients: the one that is installed, or else
 * the distribution's package, which is unpacked under .cache/ and never installed. Its data is in memory where there is
 * room. Redis keeps no snapshots and no log of commands; PostgreSQL, which refuses root, then runs as `nobody`. Everything
 * else is the server's default. A machine without any way to a server is an error.
 *
 * @example
 * const server = await startPeer('redis')
 * // ... connect to server.url
 * await server.stop()
 */
export async function startPeer(kind: PeerKind, options: StartPeerOptions = {}): Promise<PeerServer> {
  const { log = silent, settings = {} } = options
  const { source, installation } = await firstFound(kind, { env: process.env, log }, PEER_WAYS)
  log(`${kind} from ${source}`)
  return startInstalledPeer(installation, { log, settings })
}

/** Does ahead whatever `startPeer` would have to fetch. */
export async function fetchPeer(kind: PeerKind, { log = silent }: { log?: Log } = {}): Promise<void> {
  await firstFound(kind, { env: process.env, log }, PEER_WAYS)
}

export async function startInstalledPeer(
  installation: PeerInstallation,
  { log, settings }: Required<StartPeerOptions>,
): Promise<PeerServer> {
  const recipe = RECIPES[installation.kind]
  const account = await recipe.account?.()
  const place = await dataPlace({ isPublic: account !== undefined })
  await sweepOwned(place)
  return onFreePort(log, (port) => {
    const job = new GuardedJob(installation.kind, place, log)
    const start = { directory: job.directory, port, password: newPassword(), settings, account }
    return startOnce(job, installation, recipe, start)
  })
}

async function startOnce(
  job: GuardedJob,
  installation: PeerInstallation,
  recipe: PeerRecipe,
  start: PeerStart,
): Promise<PeerServer> {
  const { kind, version } = installation
  job.start(recipe.job(installation, start))
  try {
    await answering(job, kind, () => recipe.ask(start))
  } catch (error) {
    await job.stop(false)
    throw error
  }
  job.unref()
  let stopping: Promise<void> | undefined
  return { kind, version, url: recipe.url(start), stop: () => (stopping ??= job.stop(false)) }
}
