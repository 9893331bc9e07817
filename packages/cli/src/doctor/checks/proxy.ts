import { isSameConnectionId, splitOf } from '@ormutex/core/sql'
import { type Check, fail, ok, warn } from '../check.js'
import { isSameServer } from '../identity.js'

interface Answer {
  /** What the greeting of a connection called it, and what the server calls it. */
  readonly greetedAs: string
  readonly isKnownAs: string
  /** Why the session is not kept, where it is not. */
  readonly split: string | undefined
}

export const proxy: Check<Answer> = {
  id: 'proxy',
  title: 'Proxy',
  async ask({ facts, witnesses }) {
    const [first, ...others] = witnesses
    // On another server the lock would not be seen either, which is for another check to say.
    const second = others.find(({ identity }) => isSameServer(identity, first.identity))
    return {
      greetedAs: first.handshakeId,
      isKnownAs: facts.connectionId,
      split: await splitOf(first.query, second?.query),
    }
  },
  judge({ greetedAs, isKnownAs, split }) {
    if (split !== undefined) {
      return fail(`${split}.`, {
        advice:
          'Connect to the server itself, or make the proxy keep one connection of the server for one of the client: session pooling, ' +
          'no multiplexing, no read/write split for this account.',
      })
    }
    if (isSameConnectionId(greetedAs, isKnownAs)) return ok('None seen: the server greets with its own connection id.')
    return warn(
      `One stands in between (connection ${greetedAs} is ${isKnownAs} at the server); it keeps sessions together.`,
      {
        advice:
          'Keep it so: no rule may send SELECT GET_LOCK to a reader (in ProxySQL one for ^SELECT.*_LOCK ahead of those that split ' +
          'reads from writes), and its own idle timeout has to be well above 30 s.',
      },
    )
  },
}
