import { AsyncLocalStorage } from 'node:async_hooks'

/** A callback that is running under locks, and the callback it was called from. */
export interface Frame {
  /** Whose locks: two sources may have the same keys on two servers. */
  readonly owner: object
  readonly keys: Set<string>
  readonly parent: Frame | undefined
  /** False as soon as the locks are gone, although something started in the callback may still be running. */
  active: boolean
}

const frames = new AsyncLocalStorage<Frame>()

/** The innermost callback under a lock that the caller runs in. */
export function currentFrame(): Frame | undefined {
  return frames.getStore()
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

/** The first of the keys that a callback around the caller holds through the same owner, and still holds. */
export function keyHeldAround(owner: object, keys: readonly string[]): string | undefined {
  for (let frame = currentFrame(); frame !== undefined; frame = frame.parent) {
    if (!frame.active || frame.owner !== owner) continue
    const found = keys.find((key) => frame.keys.has(key))
    if (found !== undefined) return found
  }
  return undefined
}
