import { setImmediate as nextTurn } from 'node:timers/promises'

/** Bytes of heap in use when all garbage is gone. */
export async function settledHeap(): Promise<number> {
  if (globalThis.gc === undefined) throw new Error('Heap is measured with --expose-gc')
  // What was finalised or resolved by the first collection is garbage for the second.
  for (let collections = 0; collections < 3; collections += 1) {
    globalThis.gc()
    await nextTurn()
  }
  return process.memoryUsage().heapUsed
}
