import type { Mutant } from '../mutant.js'

/** Waits: what counts as a grant, how they end, and who comes next. */
export const WAITING: readonly Mutant[] = [
  {
    id: 'null-is-granted',
    title: 'GET_LOCK answered NULL, and that is taken for a lock',
    breaks: ['same-read', 'overlap'],
    // Error 1317 on MySQL.
    servers: ['mariadb'],
    edits: [
      {
        module: '@ormutex/core/dist/sql/answers.js',
        find: 'if (granted !== 1n) {',
        replace: "if (granted !== 1n && row['granted'] !== null) {",
      },
    ],
  },
  {
    id: 'late-grant',
    title: 'A wait that is given up runs on, on a connection that goes back to the pool and gets the lock later',
    breaks: ['leftover', 'late'],
    edits: [
      {
        module: '@ormutex/core/dist/ask.js',
        find: `    if (expendable)
        session.destroy();`,
        replace: `    if (expendable)
        return;`,
      },
      {
        module: '@ormutex/core/dist/own-session.js',
        find: `                    else
                        session.destroy();`,
        replace: `                    else if (error.name === 'GaveUpError')
                        await session.close();
                    else
                        session.destroy();`,
      },
      {
        module: '@ormutex/core/dist/sql/sql-session.js',
        find: `        if (this.#sequence.isBusy)
            await this.#sequence.ended();`,
        replace: '',
      },
    ],
  },
  {
    id: 'late-grant-joined',
    title: "A joined wait that is given up runs on, on its transaction's connection, and nobody releases what it gets",
    breaks: ['leftover', 'late'],
    edits: [
      {
        module: '@ormutex/core/dist/sql/sql-session.js',
        find: '    async abandon(key) {',
        replace: `    async abandon(key) {
        return;`,
      },
    ],
  },
  {
    id: 'server-timeout-alone',
    title: "A wait ends when the server's GET_LOCK ends it: no deadline of our own",
    breaks: ['late'],
    edits: [
      {
        module: '@ormutex/core/dist/ask.js',
        find: 'session.acquire(key, waitMs), () => { }, ANSWER_GRACE_MS)',
        replace: 'session.acquire(key, waitMs), () => { }, Infinity)',
      },
    ],
  },
  {
    id: 'wall-clock-deadline',
    title: "Deadlines are times of the worker's wall clock",
    breaks: ['late'],
    edits: [
      {
        module: '@ormutex/core/dist/clock.js',
        find: 'now: () => performance.now(),',
        replace: 'now: () => Date.now(),',
      },
    ],
  },
  {
    id: 'wait-restarts',
    title: 'A waiter whose session dies waits from the start',
    breaks: ['late'],
    edits: [
      {
        module: '@ormutex/core/dist/patience.js',
        find: '    get waitedMs() {',
        replace: `    restart(timeoutMs) {
        this.#deadline = this.#clock.now() + timeoutMs;
    }
    get waitedMs() {`,
      },
      {
        module: '@ormutex/core/dist/own-session.js',
        find: 'lostSessions += 1;',
        replace: `lostSessions += 1;
                    if (mayWait) patience.restart(this.#call.wait.timeoutMs);`,
      },
    ],
  },
  {
    id: 'pool-wait-unbounded',
    title: 'The time for which the pool gives no connection does not count',
    breaks: ['late'],
    edits: [
      {
        module: '@ormutex/core/dist/lock-call.js',
        find: 'return await this.patience.waitForOpening(runOutsideFrames(open), late);',
        replace: 'return await runOutsideFrames(open);',
      },
    ],
  },
  {
    id: 'heir-gone',
    title: 'Whoever gave up keeps the place in the queue: the lock is handed to nobody',
    breaks: ['leftover'],
    edits: [
      {
        module: '@ormutex/core/dist/local-queue.js',
        find: `        this.#line.remove(this);
        this.#reject(why);`,
        replace: '        this.#reject(why);',
      },
    ],
  },
]
