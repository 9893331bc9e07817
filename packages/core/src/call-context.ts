import { AsyncLocalStorage } from 'node:async_hooks'

/** A callback that is running under locks, and the callback it was called from. */
export interface Frame {
  /** Whose locks: two sources may have the same keys on two servers. */
  readonly owner: object
  /** The session that has the locks: inside its own transaction a lock is re-entrant. */
  readonly session: object
  readonly keys: Set<string>
  readonly parent: Frame | undefined
  /** False as soon as the locks are gone, although something started in the callback may still be running. */
  active: boolean
}

const frames = new AsyncLocalStorage<Frame | undefined>()

/** The innermost callback under a lock that the caller runs in. */
export function currentFrame(): Frame | undefined {
  return frames.getStore()
}

/**
 * Runs something that belongs to no callback, though a callback causes it: what is opened in a frame stays in it, and a
 * pooled connection outlives the callback that it was first opened for.
 */
export function runOutsideFrames<T>(callback: () => T): T {
  return frames.getStore() === undefined ? callback() : frames.run(undefined, callback)
}

/** Runs a callback in its frame. */
export function runInFrame<T>(frame: Frame, callback: () => T): T {
  return frames.run(frame, callback)
}

/** Whether the caller runs inside the callback of a lock that is still held, whatever its source. */
export function isInsideHeldLock(): boolean {
  for (let frame = currentFrame(); frame !== undefined; frame = frame.parent) if (frame.active) return true
  return false
}

/** The innermost callback around the caller that holds one of the keys through an owner, and still holds it. */
export function frameHolding(owner: object, keys: readonly string[]): { frame: Frame; key: string } | undefined {
  for (let frame = currentFrame(); frame !== undefined; frame = frame.parent) {
    if (!frame.active || frame.owner !== owner) continue
    const { keys: held } = frame
    const key = keys.find((each) => held.has(each))
    if (key !== undefined) return { frame, key }
  }
  return undefined
}
