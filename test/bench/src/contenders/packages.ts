import type { Contender } from '../contender.js'

/**
 * Retry delays, in milliseconds, of the packages that ask again and again: as recommended, and tuned. Of 1, 2, 5, 10 and 20 ms,
 * tried with 2 × 8 contenders, it is the one with the best p99 and shortest hand-over that costs no throughput.
 */
const DELAYS = {
  verrou: { recommended: 250, tunedOnKnex: 5, tunedOnRedis: 1 },
  redlock: { recommended: 200, recommendedJitter: 200, tuned: 1, tunedJitter: 1 },
  redisSemaphore: { recommended: 10, tuned: 1 },
}

const REDIS = { kind: 'package', needs: ['database', 'redis'] } as const

/** Packages that one could take instead: each as its own documentation has it, and tuned once in its favour. */
export const packages: readonly Contender[] = [
  {
    kind: 'package',
    needs: ['database'],
    id: 'verrou-knex',
    name: '@verrou/core, Knex',
    how: `a row for each lock, on the same database; asks again every ${DELAYS.verrou.recommended} ms, without an end`,
    from: 'its documentation, “Databases” and “Quick setup”; `retry` is at its defaults',
    pollMs: DELAYS.verrou.recommended,
    open: async (servers, poolSize) => (await import('./verrou.js')).openOnKnex(servers, poolSize),
  },
  {
    kind: 'package',
    needs: ['database'],
    id: 'verrou-knex-tuned',
    name: '@verrou/core, Knex, tuned',
    how: `the same; asks again every ${DELAYS.verrou.tunedOnKnex} ms`,
    from: '`acquire({ retry: { delay } })`',
    pollMs: DELAYS.verrou.tunedOnKnex,
    open: async (servers, poolSize) =>
      (await import('./verrou.js')).openOnKnex(servers, poolSize, { delay: DELAYS.verrou.tunedOnKnex }),
  },
  {
    ...REDIS,
    id: 'verrou-redis',
    name: '@verrou/core, Redis',
    how: `SET NX; asks again every ${DELAYS.verrou.recommended} ms, without an end`,
    from: 'its README and its documentation, “Redis”; `retry` is at its defaults',
    pollMs: DELAYS.verrou.recommended,
    open: async (servers, poolSize) => (await import('./verrou.js')).openOnRedis(servers, poolSize),
  },
  {
    ...REDIS,
    id: 'verrou-redis-tuned',
    name: '@verrou/core, Redis, tuned',
    how: `the same; asks again every ${DELAYS.verrou.tunedOnRedis} ms`,
    from: '`acquire({ retry: { delay } })`',
    pollMs: DELAYS.verrou.tunedOnRedis,
    open: async (servers, poolSize) =>
      (await import('./verrou.js')).openOnRedis(servers, poolSize, { delay: DELAYS.verrou.tunedOnRedis }),
  },
  {
    ...REDIS,
    id: 'redlock',
    name: 'redlock',
    how:
      `one Redis, lease of 5 s; asks again every ${DELAYS.redlock.recommended} ms ± ` +
      `${DELAYS.redlock.recommendedJitter} ms, 10 times, and then gives up`,
    from: 'its README, “Configuration” and “Usage”',
    pollMs: DELAYS.redlock.recommended + DELAYS.redlock.recommendedJitter,
    open: async (servers, poolSize) =>
      (await import('./redlock.js')).open(servers, poolSize, {
        driftFactor: 0.01,
        retryCount: 10,
        retryDelay: DELAYS.redlock.recommended,
        retryJitter: DELAYS.redlock.recommendedJitter,
        automaticExtensionThreshold: 500,
      }),
  },
  {
    ...REDIS,
    id: 'redlock-tuned',
    name: 'redlock, tuned',
    how: `the same; asks again every ${DELAYS.redlock.tuned} ms ± ${DELAYS.redlock.tunedJitter} ms, without an end`,
    from: '`retryDelay`, `retryJitter`, `retryCount: -1`',
    pollMs: DELAYS.redlock.tuned + DELAYS.redlock.tunedJitter,
    open: async (servers, poolSize) =>
      (await import('./redlock.js')).open(servers, poolSize, {
        retryCount: -1,
        retryDelay: DELAYS.redlock.tuned,
        retryJitter: DELAYS.redlock.tunedJitter,
      }),
  },
  {
    ...REDIS,
    id: 'redis-semaphore',
    name: 'redis-semaphore',
    how: `\`Mutex\`; asks again every ${DELAYS.redisSemaphore.recommended} ms, and gives up after 10 s`,
    from: 'its README, “Mutex”; all options are at their defaults',
    pollMs: DELAYS.redisSemaphore.recommended,
    open: async (servers, poolSize) => (await import('./redis-semaphore.js')).open(servers, poolSize, {}),
  },
  {
    ...REDIS,
    id: 'redis-semaphore-tuned',
    name: 'redis-semaphore, tuned',
    how: `the same; asks again every ${DELAYS.redisSemaphore.tuned} ms`,
    from: '`retryInterval`',
    pollMs: DELAYS.redisSemaphore.tuned,
    open: async (servers, poolSize) =>
      (await import('./redis-semaphore.js')).open(servers, poolSize, { retryInterval: DELAYS.redisSemaphore.tuned }),
  },
]

/** All of them ask again and again. */
export const POLLING: readonly string[] = packages.map(({ id }) => id)
