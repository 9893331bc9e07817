import { firstFound } from './first-found.js'
import type { Flavour } from './flavour.js'
import { wayDocker } from './way-docker.js'
import { wayPackages } from './way-packages.js'
import { wayPath } from './way-path.js'
import { wayUrl } from './way-url.js'
import type { Origin, Way, WayContext } from './way.js'

/** In the order in which they are tried: what a person has set up comes before what would have to be fetched. */
const WAYS: readonly Way[] = [wayUrl, wayPath(), wayDocker, wayPackages]

export async function chooseOrigin(flavour: Flavour, context: WayContext, ways = WAYS): Promise<Origin> {
  return firstFound(flavour, context, ways)
}
