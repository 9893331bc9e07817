import { type LockCallback, type LockEngine, LockUnsupportedError, type Names, type WaitOptions } from '@ormutex/core'
import { CALLER, type PrismaCallOptions } from './call-options.js'
import type { MutexOptions, PrismaLocks } from './extension.js'
import { mutexPromise } from './mutex-promise.js'
import type { PrismaTransaction } from './pinned-connection.js'
import { isClient, type PrismaClientLike, type QueryableLike } from './prisma-like.js'
import type { PrismaSource } from './prisma-source.js'

/** Prisma's limits for a transaction, and what is said here instead. */
const INSTEAD = { timeout: 'holdTimeoutMs', maxWait: 'timeoutMs' } as const

/** The application's callback; each client has its own type for what it gets. */
type Callback<Name extends Names, T> = LockCallback<never, Name, T>

/** The methods that a client gets, called on it, on what it was extended to, or on one of its transactions. */
export function clientMethods(
  engine: LockEngine<PrismaTransaction, PrismaCallOptions>,
  source: PrismaSource,
  client: PrismaClientLike,
): Record<keyof PrismaLocks | '$disconnect', (...args: never[]) => unknown> {
  return {
    $mutex<Name extends Names, T>(this: unknown, name: Name, callback: Callback<Name, T>, options?: MutexOptions) {
      return mutexPromise(() => {
        const caller = callerOf(this, '$mutex')
        checkLimits(options)
        if (isClient(caller)) return engine.withLock(name, onClient(callback), withCaller(options, caller))
        return source
          .transactionOf(caller)
          .then((transaction) => engine.withJoinedLock(transaction, name, onClient(callback), options))
      })
    },
    $tryMutex<Name extends Names, T>(this: unknown, name: Name, callback: Callback<Name, T>, options?: MutexOptions) {
      return mutexPromise(() => {
        const caller = callerOf(this, '$tryMutex')
        checkLimits(options)
        if (isClient(caller)) return engine.tryWithLock(name, onClient(callback), withCaller(options, caller))
        return source
          .transactionOf(caller)
          .then((transaction) => engine.tryWithJoinedLock(transaction, name, onClient(callback), options))
      })
    },
    $acquireMutex(this: unknown, name: Names, options?: WaitOptions) {
      return mutexPromise(() => {
        refuseInTransaction(callerOf(this, '$acquireMutex'), '$acquireMutex')
        return engine.acquire(name, options)
      })
    },
    $tryAcquireMutex(this: unknown, name: Names, options?: WaitOptions) {
      return mutexPromise(() => {
        refuseInTransaction(callerOf(this, '$tryAcquireMutex'), '$tryAcquireMutex')
        return engine.tryAcquire(name, options)
      })
    },
    $mutexHolder: (name: string, options?: Pick<WaitOptions, 'exactName'>) =>
      mutexPromise(() => engine.holder(name, options)),
    $mutexes: () => mutexPromise(() => engine.list()),
    $disconnect: async () => {
      await engine.close()
      await source.settle()
      await client.$disconnect()
    },
  }
}

/** Who a method is called on: the client or the transaction, with all its extensions. */
function callerOf(caller: unknown, method: string): QueryableLike {
  if (typeof (caller as Partial<QueryableLike> | undefined)?.$queryRawUnsafe === 'function')
    return caller as QueryableLike
  throw new TypeError(
    `${method} has to be called on its client: prisma.${method}(…), or tx.${method}(…) in a transaction`,
  )
}

/** The callback as the core calls it; what is no function is for the core to refuse. */
function onClient<Name extends Names, T>(callback: Callback<Name, T>): LockCallback<PrismaTransaction, Name, T> {
  if (typeof callback !== 'function') return callback
  return (transaction, lock) => callback(transaction.client as never, lock)
}

/** The options of a call with the client that it was made on; what is no object is for the core to refuse. */
function withCaller(options: MutexOptions | undefined, client: PrismaClientLike): MutexOptions & PrismaCallOptions {
  if (options !== undefined && (typeof options !== 'object' || options === null || Array.isArray(options)))
    return options
  return { ...options, [CALLER]: client }
}

function checkLimits(options: object | undefined): void {
  for (const [limit, instead] of Object.entries(INSTEAD)) {
    if (options !== null && typeof options === 'object' && Object.hasOwn(options, limit)) {
      throw new TypeError(`${limit} is for prisma.$transaction; for a lock and its transaction it is ${instead}`)
    }
  }
}

function refuseInTransaction(caller: QueryableLike, method: string): void {
  if (isClient(caller)) return
  throw new LockUnsupportedError(
    `${method} holds a lock on a connection of its own, with no transaction open: call prisma.${method}. ` +
      'For a lock that lives as long as this transaction: tx.$mutex',
  )
}
