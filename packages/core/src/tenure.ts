import type { Grant } from './backend.js'

/**
 * How many bits of a token count the holders of one tenure, 7: a server's value of 56 bits (see `Grant.token`) and this count fit a
 * signed 64-bit column together.
 */
const PASS_BITS = 7n

/** How often one tenure is passed on at most: what the bits count. */
const MAX_PASSES = 127

/**
 * The time for which one session keeps keys at the server, from the grant to the release: one holder after the other, as long as
 * this process has waiters for the same keys and its time lasts.
 */
export class Tenure<S> {
  readonly session: S
  /** In the order in which they were asked for. */
  readonly keys: readonly string[]
  readonly orphanTimeoutMs: number | undefined
  readonly #grant: Grant
  readonly #grantedAt: number
  #passes = 0

  constructor(
    session: S,
    keys: readonly string[],
    grant: Grant,
    orphanTimeoutMs: number | undefined,
    grantedAt: number,
  ) {
    this.session = session
    this.keys = keys
    this.orphanTimeoutMs = orphanTimeoutMs
    this.#grant = grant
    this.#grantedAt = grantedAt
  }

  /** The server's id of the session. */
  get sessionId(): string {
    return this.#grant.sessionId
  }

  /** Of the present holder: grows from holder to holder, and stays below what the server's next grant of any key makes. */
  get token(): bigint {
    return fencingToken(this.#grant, this.#passes)
  }

  /** Whether the present holder has the keys from the one before it. */
  get isPassedOn(): boolean {
    return this.#passes > 0
  }

  /** Whether the next holder may have the keys without asking the server: others wait there, first come first served. */
  mayBePassedOn(now: number, handOverMs: number): boolean {
    return this.#passes < MAX_PASSES && now - this.#grantedAt < handOverMs
  }

  passOn(): void {
    this.#passes += 1
  }
}

/** What callers see of a grant's token: room is left for those to whom it is passed on. */
export function fencingToken({ token }: Grant, passes = 0): bigint {
  return (token << PASS_BITS) | BigInt(passes)
}
