import { chooseOrigin } from './choose-origin.js'
import type { Flavour } from './flavour.js'
import { silent, type Log } from './log.js'
import type { StartOptions, TestServer } from './server.js'
import { pullService, startDocker } from './start-docker.js'
import { startInstallation } from './start-installation.js'
import { startAtUrl } from './start-url.js'
import { ensureTemplate } from './template.js'
import type { Source } from './way.js'

/** Starts a server of one's own and answers when it can be used. A machine without any way to one is an error. */
export async function startServer(flavour: Flavour, options: StartOptions = {}): Promise<TestServer> {
  const { log = silent, settings = {}, version, clock = false } = options
  const { env } = process
  const origin = await chooseOrigin(flavour, { env, log, version })
  log(`${flavour} from ${origin.source}`)
  if (clock && !('installation' in origin)) log(`the clock of a server from ${origin.source} cannot be set`)
  if (origin.source === 'url') {
    if (Object.keys(settings).length > 0) throw new Error('a server that a URL leads to cannot be given settings')
    return startAtUrl(flavour, origin.url)
  }
  if (origin.source === 'docker') return startDocker(flavour, origin.service, { env, log, settings })
  return startInstallation(origin.source, origin.installation, { log, settings, clock })
}

/** Does ahead whatever `startServer` would have to wait for, and answers where servers are going to come from. */
export async function fetchServer(
  flavour: Flavour,
  { log = silent, version }: { log?: Log; version?: string } = {},
): Promise<Source> {
  const origin = await chooseOrigin(flavour, { env: process.env, log, version })
  if (origin.source === 'docker') await pullService(origin.service, process.env, log)
  else if (origin.source !== 'url') await ensureTemplate(origin.installation, log)
  return origin.source
}
