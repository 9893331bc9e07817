import { AsyncLocalStorage } from 'node:async_hooks'
import { LockUnsupportedError } from '@ormutex/core'
import { answerQuestion } from './handshake.js'
import type { PrismaClientLike, QueryableLike } from './prisma-like.js'

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
/** Clients whose transactions were seen to run where they are meant to. */
const checked = new WeakSet<PrismaClientLike>()
const owners = new Map<unknown, TransactionOwner>()
const ours = new AsyncLocalStorage<{ readonly own: OwnStatements; readonly isProbe: boolean }>()

/** The same client, whose interactive transactions can be owned. Every extension that it has comes before this one. */
export function watchedClient(client: PrismaClientLike): PrismaClientLike {
  let result = watched.get(client)
  if (result === undefined) {
    result = client.$extends({ query: { $allOperations: watch } }) as PrismaClientLike
    watched.set(client, result)
  }
  return result
}

/** Whether it is still to be found out where the statements of a client's transactions run: once, since that is always the same. */
export function isToBeChecked(client: PrismaClientLike): boolean {
  return !checked.has(client)
}

function watch({ args, query, __internalParams: insides }: Operation): PromiseLike<unknown> {
  const sent = ours.getStore()
  if (sent !== undefined) {
    sent.own.check(insides)
    return sent.isProbe ? Promise.resolve(null) : query(args)
  }
  const transaction = insides?.transaction
  const owner = transaction === undefined ? undefined : owners.get(transaction.id)
  if (owner === undefined) return query(args)
  if (answerQuestion(String((args as readonly unknown[] | null)?.[0]), owner)) return Promise.resolve([])
  return owner.operate(() => query(args))
}

/** A model of the application's, as far as it is asked for a row. */
interface ModelLike {
  findFirst(args: object): PromiseLike<unknown>
}

function isModel(value: unknown): value is ModelLike {
  return typeof (value as Partial<ModelLike> | null)?.findFirst === 'function'
}

/** What no application asks for: an extension that keeps answers is not to have one for a question of the application's. */
const PROBE = { where: { AND: [{ OR: [{ AND: [] }] }] } }

/** What we send ourselves in one transaction. */
export class OwnStatements {
  #id: unknown

  /** Sends one that is ours, through all extensions of the client. @throws {LockUnsupportedError} when it would run elsewhere */
  send<T>(send: () => PromiseLike<T>): Promise<T> {
    // Prisma begins what it is asked for when somebody waits for it.
    return ours.run({ own: this, isProbe: false }, async () => await send())
  }

  /**
   * Makes sure that the operations of models run in this transaction, too: extensions of models are no part of a raw statement's way.
   * Once for each client, since it is always the same. A row is asked for, through all extensions, and nothing is sent.
   *
   * @param tx of the watched client
   * @throws {LockUnsupportedError} when an extension would ask for it elsewhere
   */
  async checkModels(client: PrismaClientLike, tx: QueryableLike): Promise<void> {
    if (checked.has(client)) return
    const members = tx as unknown as Readonly<Record<string, unknown>>
    // What is handed out in a transaction cannot be asked for its keys.
    const model = Object.keys(client)
      .filter((name) => /^[a-z]/i.test(name))
      .map((name) => members[name])
      .find(isModel)
    if (model !== undefined) await ours.run({ own: this, isProbe: true }, async () => await model.findFirst(PROBE))
    checked.add(client)
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
