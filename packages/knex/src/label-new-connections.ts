import { type ConnectionSettingsLike, labelConnections } from '@ormutex/core/sql'
import type { KnexClientLike } from './knex-like.js'
import { nativePoolOf } from './knex-source.js'

/** Has the connections that Knex opens from now on carry attributes, wherever their settings come from. */
export function labelNewConnections(client: KnexClientLike, attributes: Readonly<Record<string, string>>): void {
  labelConnections(nativePoolOf(client)?.config.connectionConfig ?? client.connectionSettings, attributes)
  const provide = client.connectionConfigProvider
  if (provide === undefined) return
  client.connectionConfigProvider = async () => {
    const provided = await provide()
    // A connection string is not for Knex to take; what mysql2 makes of it is left alone.
    if (typeof provided !== 'object' || provided === null) return provided
    // The object is the application's: it may be frozen.
    const settings: ConnectionSettingsLike = Object.isExtensible(provided) ? provided : { ...provided }
    labelConnections(settings, attributes)
    return settings
  }
}
