/** Capability bits, as MySQL's protocol documentation numbers them. Whatever changes how packets read is not among them. */
const CLIENT_LONG_PASSWORD = 1
const CLIENT_FOUND_ROWS = 1 << 1
const CLIENT_LONG_FLAG = 1 << 2
const CLIENT_CONNECT_WITH_DB = 1 << 3
const CLIENT_IGNORE_SPACE = 1 << 8
const CLIENT_PROTOCOL_41 = 1 << 9
const CLIENT_TRANSACTIONS = 1 << 13
const CLIENT_SECURE_CONNECTION = 1 << 15
const CLIENT_MULTI_RESULTS = 1 << 17
const CLIENT_PS_MULTI_RESULTS = 1 << 18
const CLIENT_PLUGIN_AUTH = 1 << 19

const CAPABILITIES =
  CLIENT_LONG_PASSWORD |
  CLIENT_FOUND_ROWS |
  CLIENT_LONG_FLAG |
  CLIENT_CONNECT_WITH_DB |
  CLIENT_IGNORE_SPACE |
  CLIENT_PROTOCOL_41 |
  CLIENT_TRANSACTIONS |
  CLIENT_SECURE_CONNECTION |
  CLIENT_MULTI_RESULTS |
  CLIENT_PS_MULTI_RESULTS |
  CLIENT_PLUGIN_AUTH

const PROTOCOL_VERSION = 10
const UTF8MB4_GENERAL_CI = 45
const SERVER_STATUS_AUTOCOMMIT = 2
const CHALLENGE_BYTES = 20

/** What a client is greeted with. It may answer the challenge as it likes. */
export function greetingPacket(connectionId: number): Buffer {
  const challenge = Buffer.alloc(CHALLENGE_BYTES, 'x')
  const fixed = Buffer.alloc(31)
  fixed.writeUInt32LE(connectionId, 0)
  challenge.copy(fixed, 4, 0, 8)
  fixed.writeUInt16LE(CAPABILITIES & 0xff_ff, 13)
  fixed.writeUInt8(UTF8MB4_GENERAL_CI, 15)
  fixed.writeUInt16LE(SERVER_STATUS_AUTOCOMMIT, 16)
  fixed.writeUInt16LE(CAPABILITIES >>> 16, 18)
  fixed.writeUInt8(CHALLENGE_BYTES + 1, 20)
  return packetOf(0, [
    Buffer.of(PROTOCOL_VERSION),
    Buffer.from('8.0.30-proxy\0'),
    fixed,
    challenge.subarray(8),
    Buffer.from('\0mysql_native_password\0'),
  ])
}

/** Says that all is well. */
export function okPacket(sequence: number): Buffer {
  return packetOf(sequence, [Buffer.of(0, 0, 0, SERVER_STATUS_AUTOCOMMIT, 0, 0, 0)])
}

function packetOf(sequence: number, parts: readonly Buffer[]): Buffer {
  const payload = Buffer.concat(parts)
  const header = Buffer.alloc(4)
  header.writeUIntLE(payload.length, 0, 3)
  header.writeUInt8(sequence, 3)
  return Buffer.concat([header, payload])
}
