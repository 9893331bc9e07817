import type { Flavour } from './flavour.js'
import type { PeerKind } from './peer.js'

/** Everything that the packages of a distribution are asked for. */
export type PackageKind = Flavour | PeerKind | 'compiler' | 'galera' | 'python'
