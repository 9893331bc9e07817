import { LockUnsupportedError } from '@ormutex/core'

/**
 * The promise of a `$mutex` call. `prisma.$transaction([…])` takes an array of Prisma's own promises, which it recognises by their tag
 * and tells what they run in; a lock has no place there, and is refused before anything was sent.
 *
 * @param start what the call does, begun in the next microtask: the array is looked at before that
 */
export function mutexPromise<T>(start: () => Promise<T>): Promise<T> {
  let isRefused = false
  const refusal = (): LockUnsupportedError =>
    new LockUnsupportedError(
      'A lock cannot be part of a batch, prisma.$transaction([…]): put the queries into the callback of prisma.$mutex',
    )
  const promise = Promise.resolve().then(() => {
    if (isRefused) throw refusal()
    return start()
  })
  return Object.defineProperties(promise, {
    [Symbol.toStringTag]: { value: 'PrismaPromise' },
    requestTransaction: {
      value: () => {
        isRefused = true
        promise.catch(() => {})
        throw refusal()
      },
    },
  })
}
