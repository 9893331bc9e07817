import { type Check, fail, ok } from '../check.js'
import { DISTRUST } from '../distrust.js'
import { newKey } from '../locking.js'

interface Answer {
  /** The server's id of the first connection; `undefined` when it did not get the lock. */
  readonly holderId: string | undefined
  readonly others: readonly { readonly granted: boolean; readonly seenHolder: string | undefined }[]
  /** Whether the second got it once the first had given it back. */
  readonly grantedAfterRelease: boolean
}

/** The question that all others are about: a lock that one connection has, does another get it? */
export const exclusion: Check<Answer> = {
  id: 'exclusion',
  title: 'Exclusion',
  async ask({ locking, witnesses: [first, second, ...rest] }) {
    const key = newKey()
    const holderId = await locking.take(first.query, key, 0)
    const others = []
    for (const other of [second, ...rest]) {
      // Asked before: whoever is wrongly granted the lock would be seen as its holder.
      const seenHolder = await locking.holderOf(other.query, key)
      const granted = (await locking.take(other.query, key, 0)) !== undefined
      if (granted) await locking.release(other.query, key)
      others.push({ granted, seenHolder })
    }
    await locking.release(first.query, key)
    const grantedAfterRelease = (await locking.take(second.query, key, 0)) !== undefined
    if (grantedAfterRelease) await locking.release(second.query, key)
    return { holderId, others, grantedAfterRelease }
  },
  judge({ holderId, others, grantedAfterRelease }) {
    if (holderId === undefined) return fail('A lock that nobody can have had was not granted.', { advice: DISTRUST })
    const granted = others.filter((other) => other.granted).length
    if (granted > 0) {
      return fail(`A lock that one connection had was granted to ${granted} of ${others.length} others, too.`, {
        advice: DISTRUST,
      })
    }
    if (others.some(({ seenHolder }) => seenHolder !== holderId)) {
      return fail(
        `A lock of connection ${holderId} was refused to others, but IS_USED_LOCK did not tell all of them who had it.`,
        {
          advice: DISTRUST,
        },
      )
    }
    if (!grantedAfterRelease)
      return fail('A lock that was given back was not granted to the next connection.', { advice: DISTRUST })
    return ok(`Taken on one connection, refused on ${others.length} others, granted to the next one after its release.`)
  },
}
