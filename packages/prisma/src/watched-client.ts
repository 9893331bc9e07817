import { AsyncLocalStorage } from 'node:async_hooks'
import { LockUnsupportedError } from '@ormutex/core'
import { answerQuestion } from './handshake.js'
import type { PrismaClientLike } from './prisma-like.js'

/** The part of the arguments of Prisma's `$allOperations` that is used here; the last is what Prisma's own extensions use, too. */
interface Operation {
  readonly args: unknown
  readonly query: (args: unknown) => PromiseLike<unknown>
  readonly __internalParams?: Insides
}

interface Insides {
  readonly transaction?: { readonly kind: string; readonly id: unknown }
}

/** Somebody who keeps an interactive transaction of Prisma's open. */
export interface TransactionOwner {
  /** Runs an operation that the application asks of the transaction. */
  operate<T>(send: () => PromiseLike<T>): Promise<T>
}

const watched = new WeakMap<PrismaClientLike, PrismaClientLike>()
const owners = new Map<unknown, TransactionOwner>()
const ours = new AsyncLocalStorage<OwnStatements>()

/** The same client, whose interactive transactions can be owned. Every extension that it has comes before this one. */
export function watchedClient(client: PrismaClientLike): PrismaClientLike {
  let result = watched.get(client)
  if (result === undefined) {
    result = client.$extends({ query: { $allOperations: watch } }) as PrismaClientLike
    watched.set(client, result)
  }
  return result
}

function watch({ args, query, __internalParams: insides }: Operation): PromiseLike<unknown> {
  const own = ours.getStore()
  if (own !== undefined) {
    own.check(insides)
    return query(args)
  }
  const transaction = insides?.transaction
  const owner = transaction === undefined ? undefined : owners.get(transaction.id)
  if (owner === undefined) return query(args)
  if (answerQuestion(String((args as readonly unknown[] | null)?.[0]), owner)) return Promise.resolve([])
  return owner.operate(() => query(args))
}

/** What we send ourselves in one transaction. */
export class OwnStatements {
  #id: unknown

  /** Sends one that is ours, through all extensions of the client. @throws {LockUnsupportedError} when it would run elsewhere */
  send<T>(send: () => PromiseLike<T>): Promise<T> {
    // Prisma begins what it is asked for when somebody waits for it.
    return ours.run(this, async () => await send())
  }

  /** Makes the operations that the application asks of this transaction go through its owner. */
  own(owner: TransactionOwner): void {
    if (this.#id !== undefined) owners.set(this.#id, owner)
  }

  disown(): void {
    owners.delete(this.#id)
  }

  /** A statement of ours runs in our transaction, whatever extensions do to it. */
  check(insides: Insides | undefined): void {
    if (insides === undefined) return
    const { transaction } = insides
    this.#id ??= transaction?.id
    if (transaction?.kind === 'itx' && transaction.id === this.#id) return
    throw new LockUnsupportedError(
      'An extension of this client sends the statements of a transaction in others, of their own: a lock would be on another ' +
        'connection than the transaction it is meant for',
    )
  }
}
