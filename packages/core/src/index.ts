export type {
  AfterCommit,
  Backend,
  Grant,
  JoinedSession,
  Joining,
  LockSession,
  ServerAddress,
  ServerIdentity,
  Session,
  TransactionEndListener,
} from './backend.js'
export { PoolTimeoutError, SessionLostError } from './backend.js'
export { type Clock, systemClock, type Timer } from './clock.js'
export { connectionAttributes } from './connection-attributes.js'
export { describeValue } from './describe-value.js'
export * from './errors.js'
export { describeDuration, describeHolder, type Holder, type NamedLockEntry, type Waiter } from './holder.js'
export { deriveKey, isExactKey, MAX_KEY_LENGTH, nameOfKey } from './keys.js'
export type { Lock } from './lock.js'
export type {
  AcquireMessage,
  AcquireOutcome,
  AroundTraced,
  HoldMessage,
  HoldOutcome,
  LockUse,
  TraceMessage,
} from './trace-messages.js'
export type { LockCallback, Names, TryResult } from './call-types.js'
export { LockEngine } from './lock-engine.js'
export type { JoinOption } from './join-option.js'
export { type JoinedLocks, joinedLocks, type NamedLocks, namedLockMethods } from './named-locks.js'
export { isOfNamespace, type SeenLock, type SeenSession } from './namespace-of.js'
export type { NamedLocksOptions, WaitOptions } from './options.js'
export { printable } from './printable.js'
export { checkTarget } from './target.js'
