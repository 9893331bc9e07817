import type { ServerError } from '../faults.js'

/** The ERR packet that answers a command; a command is packet 0, so its answer is packet 1. */
export function errorPacket({ errno, sqlState, message }: ServerError): Buffer {
  const text = Buffer.from(`#${sqlState}${message}`)
  const packet = Buffer.alloc(4 + 3 + text.length)
  packet.writeUIntLE(3 + text.length, 0, 3)
  packet.writeUInt8(1, 3)
  packet.writeUInt8(0xff, 4)
  packet.writeUInt16LE(errno, 5)
  text.copy(packet, 7)
  return packet
}
