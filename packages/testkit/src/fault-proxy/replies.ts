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
  /** The same when `ms` have passed, if the connection is still there. */
  resetWithin(ms: number): void
}

type LoseReply = Extract<ReplyFault, { kind: 'lose' }>

interface FromServer {
  readonly from: 'server'
  readonly reader: ReplyReader
  fault: ReplyFault | undefined
  begun: boolean
}

type Expected = FromServer | { readonly from: 'proxy'; readonly packet: Buffer }

/** The replies a client is owed, in the order of its commands: it may send several before the first is answered. */
export class Replies {
  readonly #target: ReplyTarget
  readonly #expected: Expected[] = []
  /** Goes before what a rule says; set for good, because the connection does not outlive the first reply that is lost. */
  #loss: LoseReply | undefined

  constructor(target: ReplyTarget) {
    this.#target = target
  }

  /** Whether the server has not wholly sent what is expected of it. */
  get isOwed(): boolean {
    return this.#expected.length > 0
  }

  expect(reader: ReplyReader, faultByRule: ReplyFault | undefined): void {
    const fault = this.#loss ?? faultByRule
    this.#expected.push({ from: 'server', reader, fault, begun: false })
    if (fault?.kind === 'lose') this.#limit(fault)
  }

  /** Loses the first reply of the server that has not begun, whether or not it is expected yet. */
  loseNext(ms: number | undefined): void {
    const fault: LoseReply = { kind: 'lose', ms }
    const isNext = (expected: Expected): expected is FromServer => expected.from === 'server' && !expected.begun
    const next = this.#expected.find(isNext)
    if (next === undefined) {
      this.#loss = fault
      return
    }
    next.fault = fault
    this.#limit(fault)
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
    const isFirst = !expected.begun
    expected.begun = true
    if (fault?.kind === 'lose') {
      // The rest of it and the replies after it, which may come in one piece with its beginning, are lost with it.
      if (isFirst) this.#target.reset()
      return
    }
    if (isFirst && fault?.kind === 'delay') this.#target.wait(fault.ms)
    this.#target.deliver(packet)
    if (!reader.isComplete(packet)) return
    if (fault?.kind === 'cut-after') this.#target.closeAfterDelivery()
    this.#expected.shift()
    this.#answerDue()
  }

  #limit({ ms }: LoseReply): void {
    if (ms !== undefined) this.#target.resetWithin(ms)
  }

  #answerDue(): void {
    for (let next = this.#expected[0]; next?.from === 'proxy'; next = this.#expected[0]) {
      this.#target.deliver(next.packet)
      this.#expected.shift()
    }
  }
}
