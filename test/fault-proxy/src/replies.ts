import type { ReplyFault } from './faults.js'
import type { ReplyReader } from './protocol/reply-reader.js'

/** Where the replies of one connection go. */
export interface ReplyTarget {
  deliver(packet: Buffer): void
  /** Holds back whatever is delivered after this. */
  wait(ms: number): void
  /** Closes the connection after everything delivered so far. */
  closeAfterDelivery(): void
  /** Resets the connection after everything delivered so far. */
  reset(): void
}

type Expected =
  | {
      readonly from: 'server'
      readonly reader: ReplyReader
      readonly fault: ReplyFault | undefined
      begun: boolean
    }
  | { readonly from: 'proxy'; readonly packet: Buffer }

/** The replies a client is owed, in the order of its commands: it may send several before the first is answered. */
export class Replies {
  readonly #target: ReplyTarget
  readonly #expected: Expected[] = []

  constructor(target: ReplyTarget) {
    this.#target = target
  }

  expect(reader: ReplyReader, fault: ReplyFault | undefined): void {
    this.#expected.push({ from: 'server', reader, fault, begun: false })
  }

  /** Answers in the server's place, in turn. */
  answer(packet: Buffer): void {
    this.#expected.push({ from: 'proxy', packet })
    this.#answerDue()
  }

  fromServer(packet: Buffer): void {
    const expected = this.#expected[0]
    // The handshake, or a server that says goodbye without having been asked.
    if (expected?.from !== 'server') return this.#target.deliver(packet)

    const { reader, fault } = expected
    if (!expected.begun) {
      expected.begun = true
      if (fault?.kind === 'delay') this.#target.wait(fault.ms)
      if (fault?.kind === 'lose') return this.#target.reset()
    }
    this.#target.deliver(packet)
    if (!reader.isComplete(packet)) return
    if (fault?.kind === 'cut-after') this.#target.closeAfterDelivery()
    this.#expected.shift()
    this.#answerDue()
  }

  #answerDue(): void {
    for (let next = this.#expected[0]; next?.from === 'proxy'; next = this.#expected[0]) {
      this.#target.deliver(next.packet)
      this.#expected.shift()
    }
  }
}
