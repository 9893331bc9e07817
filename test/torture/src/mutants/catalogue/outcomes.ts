import type { Mutant } from '../mutant.js'

/** What is told to the caller, and what the database says. */
export const OUTCOMES: readonly Mutant[] = [
  {
    id: 'throw-commits',
    title: 'The transaction of a callback that throws is committed',
    breaks: ['outcome'],
    edits: [
      {
        module: '@ormutex/core/dist/critical-section.js',
        find: `        if (thrown !== null)
            throw thrown.error instanceof Error ? thrown.error : new CallbackRejected('The callback rejected');`,
        replace: '',
      },
    ],
  },
  {
    id: 'rollback-skipped',
    title: 'A callback throws, and its transaction is handed on or goes to the pool open',
    breaks: ['outcome', 'leftover'],
    adapters: ['mysql2', 'knex', 'sequelize', 'prisma-lockable'],
    edits: [
      {
        module: '@ormutex/mysql2/dist/pool-source.js',
        find: "await send('ROLLBACK');",
        replace: '',
      },
      {
        module: '@ormutex/knex/dist/knex-source.js',
        find: 'await work(transaction);',
        replace: `await work(transaction).catch((error) => {
                    transaction.client.query = async () => ({ response: [] });
                    throw error;
                });`,
      },
      {
        module: '@ormutex/sequelize/dist/pinned-transaction.js',
        find: 'const ending = end();',
        replace: "const ending = how === 'rollback' ? Promise.resolve() : end();",
      },
      {
        module: '@ormutex/prisma/dist/pooled-connection.js',
        find: 'return instead === null ? NOTHING : await send(instead);',
        replace: "return instead === null || sql === 'ROLLBACK' ? NOTHING : await send(instead);",
      },
    ],
  },
  {
    id: 'hold-timeout-commits',
    title: 'HOLD_TIMEOUT is told, and what the callback did is committed all the same',
    breaks: ['outcome'],
    edits: [
      {
        module: '@ormutex/core/dist/held-session.js',
        find: `        this.#failure = others;
        this.#stop();
        this.session.destroy({ evenIfBusy: true });`,
        replace: '        this.#succession?.refuse();',
      },
      {
        module: '@ormutex/core/dist/critical-section.js',
        find: `        if (isOver())
            throw new CallbackRejected('The lock was lost');`,
        replace: '',
      },
      {
        module: '@ormutex/core/dist/critical-section.js',
        find: `            if (isOver())
                return;
            const rolledBack`,
        replace: `            if (isOver())
                return held.end();
            const rolledBack`,
      },
    ],
  },
  {
    id: 'unknown-is-failed',
    title: 'COMMIT is not answered, and LOCK_LOST says that nothing was committed',
    breaks: ['outcome'],
    edits: [
      {
        module: '@ormutex/core/dist/critical-section.js',
        find: `        if (phase === 'commit') {
            return new CommitUnknownError(`,
        replace: `        if (phase === 'never') {
            return new CommitUnknownError(`,
      },
    ],
  },
  {
    id: 'unknown-is-committed',
    title: 'COMMIT is not answered, and the call succeeds',
    breaks: ['outcome'],
    edits: [
      {
        module: '@ormutex/core/dist/critical-section.js',
        find: `        hold.onLost((lost) => {
            if (isOver())`,
        replace: `        hold.onLost((lost) => {
            if (isOver() || phase === 'commit')`,
      },
      {
        module: '@ormutex/core/dist/critical-section.js',
        find: 'failed = { error };',
        replace: "if (phase !== 'commit' || !session.isLostBy(error)) failed = { error };",
      },
    ],
  },
  {
    id: 'reconnects-silently',
    title: 'The session dies under the lock, and the callback goes on with another one',
    breaks: ['same-read', 'outcome'],
    adapters: ['mysql2'],
    edits: [
      {
        module: '@ormutex/core/dist/sql/live-connection.js',
        find: 'this.#lostListener?.(cause);',
        replace: '',
      },
      {
        module: '@ormutex/mysql2/dist/handed-out.js',
        find: '/** Under which a view tells what it is a view of. */',
        replace: `import { isConnectionGone, isNeverSent } from '../../core/dist/sql/sql-errors.js';
/** Under which a view tells what it is a view of. */`,
      },
      {
        module: '@ormutex/mysql2/dist/handed-out.js',
        find: "return property === 'prepare' ? prepare(value, source, values) : Reflect.apply(value, source, values);",
        replace: `{
                    if (property === 'prepare') return prepare(value, source, values);
                    const answer = Reflect.apply(value, source, values);
                    if (target === connection || !['query', 'execute'].includes(property)) return answer;
                    return answer.catch((error) => {
                        if (isConnectionGone(error) || isNeverSent(error)) return pool.promise()[property](...values);
                        throw error;
                    });
                }`,
      },
      {
        module: '@ormutex/mysql2/dist/pool-source.js',
        find: "await send('COMMIT');",
        replace: "await send('COMMIT').catch(() => pool.promise().query('COMMIT'));",
      },
    ],
  },
  {
    id: 'loss-unnoticed',
    title: 'Nobody is told that a session has died: lock.signal never aborts, and the lock is given back as held',
    breaks: ['unnoticed-loss'],
    seed: 13,
    edits: [
      {
        module: '@ormutex/core/dist/sql/live-connection.js',
        find: 'this.#lostListener?.(cause);',
        replace: '',
      },
    ],
  },
]
