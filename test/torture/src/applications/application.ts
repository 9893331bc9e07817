import type { Lock, WaitOptions } from '@ormutex/core'

/** How to reach the database. */
export interface Access {
  host: string
  port: number
  user: string
  password: string
  database: string
}

export type Isolation = 'READ COMMITTED' | 'REPEATABLE READ'

/** What makes an application's connections different from those of others. */
export interface ConnectionOptions {
  /** What each session is set to, by the server's names. */
  readonly sessionVariables: Readonly<Record<string, number>>
  /** Every statement is given up by the driver after so many milliseconds, where it can be made to. */
  readonly queryTimeoutMs?: number
}

export interface OpenOptions extends ConnectionOptions {
  readonly access: Access
  readonly poolSize: number
  readonly handOverMs: number
}

/** A row of the ledger as the critical section writes it; the server adds the connection's id. */
export interface Entry {
  readonly op: string
  readonly name: string
  readonly readValue: number
  readonly token: bigint
}

/** What a critical section does, in the ORM's own words, inside a transaction. */
export interface Transaction {
  /** Never locks the row. */
  read(name: string): Promise<number>
  /** Sets what it is told, whatever is there. */
  write(name: string, value: number): Promise<void>
  /** Raises the row's token, and locks the row. False when a newer one was there. */
  claim(name: string, token: bigint): Promise<boolean>
  record(entry: Entry): Promise<void>
  /** Keeps the server busy; with `timeoutMs` the driver is told to wait no longer, where it can be told. */
  sleep(ms: number, timeoutMs?: number): Promise<void>
  /** Takes further locks, which join this transaction. */
  withLock(names: readonly string[], section: Section, options: WaitOptions): Promise<void>
}

/** What is needed of a lock, of one name or of several. */
export type HeldLock = Pick<Lock, 'sessionId' | 'token' | 'waitedMs' | 'signal'>

export type Section = (transaction: Transaction, lock: HeldLock) => Promise<void>

export interface LockOptions extends WaitOptions {
  /** Undefined: nothing is said of it. */
  readonly isolation: Isolation | undefined
}

export interface OwnTransactionOptions {
  /** Undefined: nothing is said of it. */
  readonly isolation: Isolation | undefined
  /** Prisma's own limit for a transaction, in milliseconds. Others have none. */
  readonly prismaTimeoutMs?: number
}

export interface PoolState {
  readonly open: number
  readonly free: number
  readonly pending: number
  readonly listeners: readonly Readonly<Record<string, number>>[]
}

/** An application that uses the library with one ORM. */
export interface Application {
  withLock(names: readonly string[], section: Section, options: LockOptions): Promise<void>
  /** False when the lock was taken. */
  tryWithLock(names: readonly string[], section: Section, options: LockOptions): Promise<boolean>
  acquire(names: readonly string[], options: WaitOptions): Promise<HeldLock & Pick<Lock, 'release'>>
  /** A transaction of the ORM's own, without a lock. */
  transaction(work: (transaction: Transaction) => Promise<void>, options: OwnTransactionOptions): Promise<void>
  /** Whether locks join a transaction that `transaction` began. */
  readonly joinsOwnTransactions: boolean
  /** Whether the library hears of a connection's end by itself, or only when it next sends something. */
  readonly hearsOfLosses: boolean
  pool(): PoolState
  close(): Promise<void>
}

/** Names as the library takes them: one, or an array. */
export function oneOrSeveral(names: readonly string[]): string | readonly string[] {
  return names.length === 1 ? names[0]! : names
}

/** A connection of mysql2's, as far as it tells whether it can still be used. */
export interface Mysql2Connection extends NodeJS.EventEmitter {
  readonly _closing?: boolean
  readonly stream: NodeJS.EventEmitter & { readonly destroyed: boolean }
}

/** One of the mariadb connector's. */
export interface ConnectorConnection extends NodeJS.EventEmitter {
  isValid(): boolean
}

/**
 * The listeners of each free connection that is still one, and of its stream for its end: a pool finds out about the others when it next
 * wants to use them.
 */
export function listenersOfLive(
  connections: readonly (Mysql2Connection | ConnectorConnection)[],
): Record<string, number>[] {
  return connections.filter(isLive).map(listenersOf)
}

function isLive(connection: Mysql2Connection | ConnectorConnection): boolean {
  if ('isValid' in connection) return connection.isValid()
  return connection._closing !== true && !connection.stream.destroyed
}

function listenersOf(connection: Mysql2Connection | ConnectorConnection): Record<string, number> {
  const own = connection.eventNames().map((event) => [String(event), connection.listenerCount(event)] as const)
  const ofStream = 'stream' in connection ? { 'stream close': connection.stream.listenerCount('close') } : {}
  return { ...Object.fromEntries(own), ...ofStream }
}

/** What sets a session's variables. */
export function settersOf(variables: Readonly<Record<string, number>>): string[] {
  return Object.entries(variables).map(([name, value]) => `SET SESSION ${name} = ${value}`)
}
