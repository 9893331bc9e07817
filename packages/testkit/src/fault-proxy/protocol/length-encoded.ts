/** A length-encoded integer and the offset behind it. */
export function readLengthEncoded(bytes: Buffer, offset: number): { value: number; end: number } {
  const first = bytes.readUInt8(offset)
  if (first < 0xfb) return { value: first, end: offset + 1 }
  if (first === 0xfc) return { value: bytes.readUInt16LE(offset + 1), end: offset + 3 }
  if (first === 0xfd) return { value: bytes.readUIntLE(offset + 1, 3), end: offset + 4 }
  return { value: Number(bytes.readBigUInt64LE(offset + 1)), end: offset + 9 }
}
