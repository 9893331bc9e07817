import { payloadOf } from './packets.js'

const PROTOCOL_VERSION = 10

/** Capability bits, as MySQL's and MariaDB's protocol documentation number them. */
const CLIENT_MYSQL = 1
const CLIENT_COMPRESS = 1 << 5
const CLIENT_SSL = 1 << 11
const CLIENT_DEPRECATE_EOF = 1 << 24
const CLIENT_ZSTD_COMPRESSION = 1 << 26
const CLIENT_QUERY_ATTRIBUTES = 1 << 27
/** In MariaDB's second set of capabilities, which a MySQL server does not have. */
const MARIADB_CLIENT_CACHE_METADATA = 1 << 4

/** What was negotiated of the things that change how packets read. */
export interface Capabilities {
  readonly deprecateEof: boolean
  readonly queryAttributes: boolean
  readonly cacheMetadata: boolean
}

interface Flags {
  readonly flags: number
  readonly mariadbFlags: number
}

/** What the proxy reads of a server's greeting. */
export interface Greeting extends Flags {
  /** What `CONNECTION_ID()` answers. */
  readonly connectionId: number
}

/** Absent if the packet is none, as where the server answers at once that it has too many connections. */
export function readGreeting(packet: Buffer): Greeting | undefined {
  const payload = payloadOf(packet)
  if (payload[0] !== PROTOCOL_VERSION) return undefined
  const id = payload.indexOf(0, 1) + 1
  // Behind the connection id (4 bytes) come half of the challenge (8) and a filler (1).
  const low = id + 13
  // Between the halves of the flags: the character set (1) and the status (2).
  const flags = payload.readUInt16LE(low) | (payload.readUInt16LE(low + 5) << 16)
  return {
    connectionId: payload.readUInt32LE(id),
    flags,
    mariadbFlags: mariadbFlags(payload, flags, low + 14),
  }
}

/**
 * What the server's greeting and the client's response to it agree on.
 *
 * @throws if they agree on TLS or compression: then nothing that follows can be read.
 */
export function negotiate(server: Greeting, response: Buffer): Capabilities {
  const client = clientFlags(payloadOf(response))
  const agreed = (flag: number) => (server.flags & client.flags & flag) !== 0
  if (agreed(CLIENT_SSL)) throw unreadable('TLS')
  if (agreed(CLIENT_COMPRESS) || agreed(CLIENT_ZSTD_COMPRESSION)) throw unreadable('compression')
  return {
    deprecateEof: agreed(CLIENT_DEPRECATE_EOF),
    queryAttributes: agreed(CLIENT_QUERY_ATTRIBUTES),
    cacheMetadata: (server.mariadbFlags & client.mariadbFlags & MARIADB_CLIENT_CACHE_METADATA) !== 0,
  }
}

function clientFlags(response: Buffer): Flags {
  const flags = response.readInt32LE(0)
  return { flags, mariadbFlags: mariadbFlags(response, flags, 28) }
}

function mariadbFlags(payload: Buffer, flags: number, offset: number): number {
  return (flags & CLIENT_MYSQL) === 0 ? payload.readInt32LE(offset) : 0
}

function unreadable(what: string): Error {
  return new Error(`The fault proxy cannot read statements through ${what}; connect the client without it`)
}
