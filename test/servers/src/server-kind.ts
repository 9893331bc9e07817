import type { Flavour } from './flavour.js'
import type { PeerKind } from './peer.js'

/** Everything that this package can get. */
export type ServerKind = Flavour | PeerKind
