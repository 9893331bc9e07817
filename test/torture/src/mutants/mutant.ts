/** A library that is wrong in one way: what it makes of the right one. */
export interface Mutant {
  readonly id: string
  /** What is wrong, in one line. */
  readonly title: string
  readonly edits: readonly Edit[]
  /** Which of the torture's rules it breaks. */
  readonly breaks: readonly Rule[]
  /** Where it is wrong; all of them unless given. */
  readonly adapters?: readonly Adapter[]
  readonly servers?: readonly ('mysql' | 'mariadb')[]
  /** With which it shows soon; the command's unless given. */
  readonly seed?: number
}

/** A piece of a built module, which must occur in it exactly once, and what stands there instead. */
export interface Edit {
  /** Package and path: `@ormutex/core/dist/hold.js`. */
  readonly module: string
  readonly find: string
  readonly replace: string
}

export type Adapter = 'mysql2' | 'knex' | 'sequelize' | 'prisma' | 'prisma-lockable'

export type Rule =
  /** Two committed sections read the same value. */
  | 'same-read'
  /** A call that failed is committed, or one that succeeded is not. */
  | 'outcome'
  /** Locks, waits, transactions, connections or listeners are left. */
  | 'leftover'
  /** A call settled later than its deadline allows. */
  | 'late'
  /** Holds overlap although nothing befell them. */
  | 'overlap'
  /** A token did not grow. */
  | 'token'
  /** `LOCK_DEADLOCK` for a call that holds nothing but the names of its own array. */
  | 'array-deadlock'
  /** A lock without a transaction was given back as held, although its session had been killed. */
  | 'unnoticed-loss'
