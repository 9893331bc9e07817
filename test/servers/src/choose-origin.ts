import { firstFound } from './first-found.js'
import type { Flavour } from './flavour.js'
import { wayDocker } from './way-docker.js'
import { wayPackages } from './way-packages.js'
import { wayPath } from './way-path.js'
import { wayUrl } from './way-url.js'
import type { InstalledOrigin, Origin, Way, WayContext } from './way.js'

/** In the order in which they are tried: what a person has set up comes before what would have to be fetched. */
const WAYS: readonly Way[] = [wayUrl, wayPath(), wayDocker, wayPackages]

/** Those to a program of this machine, which is what a cluster is made of. */
const PROGRAM_WAYS: readonly Way<Flavour, InstalledOrigin>[] = [wayPath(), wayPackages]

/** Takes no server at a URL and no container: one cannot be made a member, the other has an address of its own. */
export async function chooseInstallation(flavour: Flavour, context: WayContext): Promise<InstalledOrigin> {
  return firstFound(flavour, context, PROGRAM_WAYS)
}

export async function chooseOrigin(flavour: Flavour, context: WayContext, ways = WAYS): Promise<Origin> {
  return firstFound(flavour, context, ways)
}
