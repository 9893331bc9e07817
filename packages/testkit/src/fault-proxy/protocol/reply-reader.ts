import type { Capabilities } from './handshake.js'
import { readLengthEncoded } from './length-encoded.js'
import { FULL_PAYLOAD_BYTES, payloadOf } from './packets.js'

const SERVER_MORE_RESULTS_EXISTS = 0x0008

/** Takes the packets of a reply one by one, and returns with the last. */
type ReplyShape = Generator<void, void, Buffer>

/** Tells where the reply to one command ends. */
export class ReplyReader {
  readonly #shape: ReplyShape
  #continues = false

  constructor(shape: ReplyShape) {
    this.#shape = shape
    shape.next()
  }

  /** Whether `packet`, the next of the reply, is its last. */
  isComplete(packet: Buffer): boolean {
    const payload = payloadOf(packet)
    const isContinuation = this.#continues
    this.#continues = payload.length === FULL_PAYLOAD_BYTES
    return !isContinuation && this.#shape.next(payload).done === true
  }
}

export function* onePacket(): ReplyShape {
  yield
}

export function* authentication(): ReplyShape {
  for (;;) {
    const packet = yield
    if (isOk(packet) || isError(packet)) return
  }
}

/**
 * What a query or an execution is answered with: any number of OKs and result sets.
 *
 * @param onEnd told the server's status flags, unless it ends with an error
 */
export function* results(capabilities: Capabilities, onEnd: (status: number) => void = () => {}): ReplyShape {
  let status: number
  do {
    const first = yield
    if (isError(first)) return
    if (isOk(first)) status = statusOfOk(first)
    else if (isFileRequest(first)) status = SERVER_MORE_RESULTS_EXISTS
    else {
      const columns = readLengthEncoded(first, 0)
      const hasDefinitions = !capabilities.cacheMetadata || first.readUInt8(columns.end) === 1
      yield* definitions(hasDefinitions ? columns.value : 0, capabilities)
      if (!hasDefinitions && !capabilities.deprecateEof) yield
      let row: Buffer
      do row = yield
      while (!isError(row) && !isEndOfRows(row, capabilities))
      if (isError(row)) return
      status = capabilities.deprecateEof ? statusOfOk(row) : row.readUInt16LE(3)
    }
  } while ((status & SERVER_MORE_RESULTS_EXISTS) !== 0)
  onEnd(status)
}

export function* prepared(capabilities: Capabilities, onPrepared: (id: number) => void): ReplyShape {
  const first = yield
  if (isError(first)) return
  onPrepared(first.readUInt32LE(1))
  yield* definitions(first.readUInt16LE(7), capabilities)
  yield* definitions(first.readUInt16LE(5), capabilities)
}

function* definitions(count: number, capabilities: Capabilities): ReplyShape {
  for (let left = count; left > 0; left--) yield
  if (count > 0 && !capabilities.deprecateEof) yield
}

function isOk(payload: Buffer): boolean {
  return payload[0] === 0x00
}

function isError(payload: Buffer): boolean {
  return payload[0] === 0xff
}

/** LOCAL INFILE: the server wants a file, and answers when it has it. */
function isFileRequest(payload: Buffer): boolean {
  return payload[0] === 0xfb
}

/** A row may begin with the same byte, but only if it is longer than this. */
function isEndOfRows(payload: Buffer, { deprecateEof }: Capabilities): boolean {
  return payload[0] === 0xfe && payload.length < (deprecateEof ? FULL_PAYLOAD_BYTES : 9)
}

function statusOfOk(payload: Buffer): number {
  const affectedRows = readLengthEncoded(payload, 1)
  const lastInsertId = readLengthEncoded(payload, affectedRows.end)
  return payload.readUInt16LE(lastInsertId.end)
}
