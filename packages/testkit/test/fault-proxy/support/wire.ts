/** Packets as a client and a server write them, put together without the code under test. */

export const DEPRECATE_EOF = 1 << 24
export const QUERY_ATTRIBUTES = 1 << 27
export const COMPRESS = 1 << 5
export const ZSTD_COMPRESSION = 1 << 26
export const SSL = 1 << 11
export const CACHE_METADATA = 1 << 4

export interface Flags {
  readonly flags: number
  readonly mariadbFlags: number
}

export function packet(sequence: number, payload: Buffer | readonly number[]): Buffer {
  const header = Buffer.alloc(4)
  header.writeUIntLE(payload.length, 0, 3)
  header.writeUInt8(sequence, 3)
  return Buffer.concat([header, Buffer.from(payload)])
}

export function greeting({ flags, mariadbFlags }: Flags, connectionId = 0): Buffer {
  const rest = Buffer.alloc(4 + 8 + 1 + 18 + 13)
  rest.writeUInt32LE(connectionId, 0)
  rest.writeUInt16LE(flags & 0xffff, 13)
  rest.writeUInt16LE(flags >>> 16, 18)
  rest.writeInt32LE(mariadbFlags, 27)
  return packet(0, Buffer.concat([Buffer.from('\x0a1.2.3\0'), rest]))
}

export function handshakeResponse({ flags, mariadbFlags }: Flags): Buffer {
  const payload = Buffer.alloc(34)
  payload.writeInt32LE(flags, 0)
  payload.writeInt32LE(mariadbFlags, 28)
  return packet(1, payload)
}

export function query(sql: string): Buffer {
  return packet(0, Buffer.from(`\x03${sql}`))
}

/** MariaDB: the statement prepared last, for a client that does not wait for its id. */
export const LAST_PREPARED = 0xff_ff_ff_ff

export function prepare(sql: string): Buffer {
  return packet(0, Buffer.from(`\x16${sql}`))
}

export function execute(id: number): Buffer {
  return withId(0x17, id, 10)
}

export function closePrepared(id: number): Buffer {
  return withId(0x19, id, 5)
}

/** A command about a prepared statement. */
function withId(command: number, id: number, length: number): Buffer {
  const payload = Buffer.alloc(length)
  payload.writeUInt8(command, 0)
  payload.writeUInt32LE(id, 1)
  return packet(0, payload)
}

/** What a statement's preparation is answered with, before its definitions: its id is 7. */
export function preparedOk(columns = 0, parameters = 0): Buffer {
  return packet(1, [0, 7, 0, 0, 0, columns, 0, parameters, 0, 0, 0, 0])
}

export function ok(sequence: number, status = 2): Buffer {
  return packet(sequence, [0, 0, 0, status, 0, 0, 0])
}

/** The old end of definitions or rows. */
export function eof(sequence: number, status = 2): Buffer {
  return packet(sequence, [0xfe, 0, 0, status, 0])
}

/** What ends rows in place of an EOF where that is deprecated. */
export function okInPlaceOfEof(sequence: number, status = 2): Buffer {
  return packet(sequence, [0xfe, 0, 0, status, 0, 0, 0])
}
