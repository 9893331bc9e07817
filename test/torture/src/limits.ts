/** How long the server lets a session be idle, in milliseconds. */
export const WAIT_TIMEOUT_MS = 2_000

/** Longest statement of a session whose role is `limit`, in milliseconds: a limit of the server. */
export const STATEMENT_LIMIT_MS = 300

/** Longest statement of a connection whose role is `timeout`, in milliseconds: a limit of the driver. */
export const QUERY_TIMEOUT_MS = 700

/** Longest wait for a pool's connection, in milliseconds. */
export const POOL_WAIT_MS = 10_000

/** Prisma's limit for a transaction that is to exceed it, in milliseconds. */
export const PRISMA_TIMEOUT_MS = 150
