/** Whose commits nothing but the lock guards. */
export const PLAIN_NAMES = ['a', 'b', 'c']

/** Whose rows hold the highest token, too, for locks beside a transaction: a holder that lost such a lock can still commit. */
export const FENCED_NAMES = ['d']

export const NAMES = [...PLAIN_NAMES, ...FENCED_NAMES]
