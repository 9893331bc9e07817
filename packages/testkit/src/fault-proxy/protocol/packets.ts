const HEADER_BYTES = 4

/** A payload of exactly this length continues in the next packet. */
export const FULL_PAYLOAD_BYTES = 0xff_ff_ff

export function sequenceOf(packet: Buffer): number {
  return packet.readUInt8(3)
}

export function payloadOf(packet: Buffer): Buffer {
  return packet.subarray(HEADER_BYTES)
}

/** Finds the packets, each with its header, in a stream cut anywhere. */
export class PacketSplitter {
  #pieces: Buffer[] = []
  #length = 0
  #wanted = HEADER_BYTES

  push(chunk: Buffer): Buffer[] {
    this.#pieces.push(chunk)
    this.#length += chunk.length
    // A packet of 16 MB comes in hundreds of chunks; joining them each time would copy it hundreds of times.
    if (this.#length < this.#wanted) return []

    const packets: Buffer[] = []
    let rest = this.#pieces.length === 1 ? chunk : Buffer.concat(this.#pieces)
    for (let size = sizeOf(rest); size <= rest.length; size = sizeOf(rest)) {
      packets.push(rest.subarray(0, size))
      rest = rest.subarray(size)
    }
    this.#pieces = [rest]
    this.#length = rest.length
    this.#wanted = sizeOf(rest)
    return packets
  }
}

function sizeOf(bytes: Buffer): number {
  return bytes.length < HEADER_BYTES ? HEADER_BYTES : HEADER_BYTES + bytes.readUIntLE(0, 3)
}
