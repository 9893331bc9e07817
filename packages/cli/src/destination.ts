import type { ConnectionOptions } from './connection-options.js'
import { type ConnectionSettings, connectionSettings, describeTarget } from './connection-settings.js'
import { say } from './output.js'
import { redact } from './secrets.js'

/** A database that a command may speak to. */
export interface Destination {
  readonly settings: ConnectionSettings
  /** `app@db:3306/shop`, for messages. */
  readonly target: string
}

/** What the options and the environment name. Nothing is sent. @throws {CliError} for what makes no sense */
export function destinationOf(options: ConnectionOptions): Destination {
  if (options.url !== undefined && redact(options.url) !== options.url) {
    say(
      'a password on the command line can be seen by other users: set DATABASE_URL or use --defaults-file instead of --url',
    )
  }
  const settings = connectionSettings(options)
  return { settings, target: describeTarget(settings) }
}
