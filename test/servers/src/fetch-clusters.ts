import { chooseInstallation } from './choose-origin.js'
import { FLAVOURS } from './flavour.js'
import { galeraProvider } from './galera-provider.js'
import { silent, type Log } from './log.js'
import { ensureTemplate } from './template.js'

/** Does ahead whatever `startGalera`, `startGroup` and `startReplica` would have to fetch. */
export async function fetchClusters({ log = silent }: { log?: Log } = {}): Promise<void> {
  for (const flavour of FLAVOURS) {
    const { installation } = await chooseInstallation(flavour, { env: process.env, log })
    await ensureTemplate(installation, log)
  }
  await galeraProvider(log)
}
