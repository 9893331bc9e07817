/** Longest wait of everybody who can be told one, in milliseconds: nobody is to give up before a run is over. */
export const PATIENCE_MS = 120_000

/** For `namedLocks()`. */
export const PATIENT = { defaults: { timeoutMs: PATIENCE_MS } }
