import type { InitializeHook, LoadHook } from 'node:module'

let sources: ReadonlyMap<string, string> = new Map()

/** @param edited sources by URL */
export const initialize: InitializeHook<ReadonlyMap<string, string>> = (edited) => {
  sources = edited
}

/** Hands out the edited modules instead of their files. */
export const load: LoadHook = (url, context, nextLoad) => {
  const source = sources.get(url)
  return source === undefined ? nextLoad(url, context) : { format: 'module', source, shortCircuit: true }
}
