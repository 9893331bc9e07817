/** Those who wait for a signal. */
const listenersOf = new WeakMap<AbortSignal, Set<() => void>>()

/**
 * Calls back when a signal is aborted; returns a function that unsubscribes. However many wait for one signal, it carries
 * one listener: Node warns of a leak from the eleventh on.
 */
export function onAbort(signal: AbortSignal, listener: () => void): () => void {
  const listeners = listenersOf.get(signal) ?? subscribe(signal)
  listeners.add(listener)
  return () => {
    listeners.delete(listener)
    if (listeners.size > 0 || listenersOf.get(signal) !== listeners) return
    listenersOf.delete(signal)
    unsubscribe.get(listeners)?.()
  }
}

const unsubscribe = new WeakMap<Set<() => void>, () => void>()

function subscribe(signal: AbortSignal): Set<() => void> {
  const listeners = new Set<() => void>()
  const tellAll = (): void => {
    for (const listener of listeners) listener()
  }
  signal.addEventListener('abort', tellAll)
  listenersOf.set(signal, listeners)
  unsubscribe.set(listeners, () => signal.removeEventListener('abort', tellAll))
  return listeners
}
