import type { Mutant } from '../mutant.js'

/** The order of lock, BEGIN, COMMIT and release, and of those who come one after the other. */
export const ORDER: readonly Mutant[] = [
  {
    id: 'release-before-commit',
    title: 'RELEASE_LOCK is sent before COMMIT',
    breaks: ['same-read'],
    edits: [
      {
        module: '@ormutex/core/dist/critical-section.js',
        find: `        phase = 'commit';
    };`,
        replace: `        await held.releaseEarly();
        phase = 'commit';
    };`,
      },
      {
        module: '@ormutex/core/dist/held-session.js',
        find: '    drop() {',
        replace: `    isReleased = false;
    async releaseEarly() {
        this.#succession?.refuse();
        this.isReleased = true;
        await this.session.release(lastFirst([...this.#holds.keys()]));
    }
    drop() {`,
      },
      {
        module: '@ormutex/core/dist/held-session.js',
        find: 'if (keys.length > 0)',
        replace: 'if (keys.length > 0 && !this.isReleased)',
      },
    ],
  },
  {
    id: 'joined-released-with-callback',
    title: 'A lock that joined a transaction is released when its callback ends, before that one commits',
    breaks: ['same-read'],
    edits: [
      {
        module: '@ormutex/core/dist/joins.js',
        find: 'return { hold, frame, leave: () => leaveAll(turns) };',
        replace: `return {
                hold,
                frame,
                leave: () => {
                    held.releaseEarly(hold);
                    leaveAll(turns);
                },
            };`,
      },
      {
        module: '@ormutex/core/dist/held-session.js',
        find: '    drop() {',
        replace: `    releaseEarly(hold) {
        if (hold.isOver) return;
        for (const key of hold.keys) this.#holds.delete(key);
        hold.finish();
        this.session.release(lastFirst(hold.keys)).catch(() => {});
    }
    drop() {`,
      },
    ],
  },
  {
    id: 'snapshot-before-lock',
    title: 'The transaction is begun with its snapshot taken, and waits for the lock only then',
    breaks: ['same-read'],
    edits: [
      {
        module: '@ormutex/core/dist/sql/sql-backend.js',
        find: 'return new SqlSession(this.#source, connection, this.#server, this.#bystander, true);',
        replace: `const session = new SqlSession(this.#source, connection, this.#server, this.#bystander, true);
        session.beginsWith = purpose;
        return session;`,
      },
      {
        module: '@ormutex/core/dist/sql/sql-session.js',
        find: '        let grant;',
        replace: `        if (this.beginsWith !== undefined) {
            await this.#live.query('START TRANSACTION WITH CONSISTENT SNAPSHOT');
            this.#chain.take(this.beginsWith);
            this.beginsWith = undefined;
        }
        let grant;`,
      },
      {
        module: '@ormutex/core/dist/sql/transaction-chain.js',
        find: '    /** Ends that. */',
        replace: `    take(options) {
        this.#begun = options;
    }
    /** Ends that. */`,
      },
    ],
  },
  {
    id: 'handed-over-uncommitted',
    title: 'Session and lock are handed over with the transaction still open: the COMMIT is left to the heir',
    breaks: ['outcome'],
    adapters: ['mysql2', 'knex', 'sequelize', 'prisma-lockable'],
    edits: [
      {
        module: '@ormutex/core/dist/sql/chained-statements.js',
        find: '? CHAIN : undefined',
        replace: '? null : undefined',
      },
    ],
  },
  {
    id: 'token-repeated',
    title: 'Whoever is handed a lock gets the token of the one before',
    breaks: ['token'],
    edits: [
      {
        module: '@ormutex/core/dist/tenure.js',
        find: 'this.#passes += 1;',
        replace: '',
      },
    ],
  },
  {
    id: 'unsorted-names',
    title: 'Several names are taken in the order in which the caller wrote them',
    breaks: ['array-deadlock'],
    edits: [
      {
        module: '@ormutex/core/dist/target.js',
        find: '[...new Set(this.keys)].toSorted()',
        replace: '[...new Set(this.keys)]',
      },
    ],
  },
]
