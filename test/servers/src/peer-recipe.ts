import type { Account, Job } from './guardian-protocol.js'
import type { PeerInstallation } from './peer-installation.js'
import type { Settings } from './server-settings.js'

/** What a kind of peer needs to be run. */
export interface PeerRecipe {
  /** Whom it has to be run as, if not as oneself. */
  account?: () => Promise<Account | undefined>
  job: (installation: PeerInstallation, start: PeerStart) => Omit<Job, 'directory'>
  /** Throws until the server takes clients. What it asks must not be fooled by another server on the port. */
  ask: (start: PeerStart) => Promise<unknown>
  url: (start: PeerStart) => string
}

/** One start of a peer. */
export interface PeerStart {
  /** The job's own. */
  directory: string
  port: number
  password: string
  settings: Settings
  account: Account | undefined
}
