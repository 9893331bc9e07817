import type { Mutant } from '../mutant.js'

/** Giving back: locks, connections and what was put on them. */
export const RELEASING: readonly Mutant[] = [
  {
    id: 'dirty-connection',
    title: 'A connection whose hold ran out, or whose COMMIT or release failed, goes to the pool as it is',
    breaks: ['leftover', 'outcome'],
    edits: [
      {
        module: '@ormutex/core/dist/held-session.js',
        find: `        this.#tellOutlived();
        this.session.destroy();
        this.#finishHolds();`,
        replace: `        this.#tellOutlived();
        void this.session.close();
        this.#finishHolds();`,
      },
      {
        module: '@ormutex/core/dist/held-session.js',
        find: 'this.session.destroy({ evenIfBusy: true });',
        replace: 'void this.session.close();',
      },
      {
        module: '@ormutex/core/dist/held-session.js',
        find: `            this.#failure = new LockLostError('The session could not be released and was destroyed');
            this.session.destroy();`,
        replace: '            void this.session.close();',
      },
    ],
  },
  {
    id: 'released-elsewhere',
    title: 'RELEASE_LOCK is sent once the connection has gone back, on whatever connection the pool gives then',
    breaks: ['leftover'],
    edits: [
      {
        module: '@ormutex/core/dist/held-session.js',
        find: `        if (keys.length > 0)
            await this.session.release(lastFirst(keys));
        await this.session.close();`,
        replace: `        if (keys.length > 0 && this.#succession === undefined)
            await this.session.release(lastFirst(keys));
        await this.session.close();
        if (keys.length > 0 && this.#succession !== undefined)
            await this.session.releaseAnywhere(lastFirst(keys));`,
      },
      {
        module: '@ormutex/core/dist/sql/sql-session.js',
        find: '    renew() {',
        replace: `    async releaseAnywhere(keys) {
        await new Promise((resolve) => setImmediate(resolve));
        return this.#bystander.anywhere((query) => query(this.#server.known.dialect.release(keys)));
    }
    renew() {`,
      },
      {
        module: '@ormutex/core/dist/sql/bystander.js',
        find: '    killHolder(grant) {',
        replace: `    anywhere(use) {
        return this.#withConnection(use);
    }
    killHolder(grant) {`,
      },
    ],
  },
  {
    id: 'one-name-forgotten',
    title: 'Of several names one is not released',
    breaks: ['leftover'],
    edits: [
      {
        module: '@ormutex/core/dist/release-patiently.js',
        find: 'return keys.length === 1 ? keys : keys.toReversed();',
        replace: 'return keys.length === 1 ? keys : keys.toReversed().slice(1);',
      },
    ],
  },
  {
    id: 'hold-timeout-keeps-lock',
    title: 'HOLD_TIMEOUT is told, and a lock without a transaction is not released',
    breaks: ['leftover', 'overlap'],
    edits: [
      {
        module: '@ormutex/core/dist/shared-session.js',
        find: 'const released = this.#releaseKeys(hold.keys);',
        replace: 'const released = undefined;',
      },
    ],
  },
  {
    id: 'prisma-timeout-keeps-lock',
    title: "Prisma's timeout (P2028) puts a connection back into the pool with a joined lock held",
    breaks: ['leftover'],
    adapters: ['prisma-lockable'],
    edits: [
      {
        module: '@ormutex/core/dist/joins.js',
        find: 'return { hold, frame, leave: () => leaveAll(turns) };',
        replace: `locked.running = (locked.running ?? 0) + 1;
            return {
                hold,
                frame,
                leave: () => {
                    locked.running -= 1;
                    leaveAll(turns);
                },
            };`,
      },
      {
        module: '@ormutex/core/dist/joins.js',
        find: 'await locked.held.end();',
        replace: 'if (!(locked.running > 0)) await locked.held.end();',
      },
    ],
  },
  {
    id: 'timed-out-connection-kept',
    title: 'The connection of a wait that timed out does not go back to the pool',
    breaks: ['leftover'],
    edits: [
      {
        module: '@ormutex/core/dist/own-session.js',
        find: 'lookAndLeave(session, key, () => session.close());',
        replace: 'lookAndLeave(session, key, async () => this.#call.mayWait || session.close());',
      },
    ],
  },
  {
    id: 'listeners-left',
    title: 'Listeners stay on the connections that go back to the pool',
    breaks: ['leftover'],
    edits: [
      {
        module: '@ormutex/core/dist/sql/live-connection.js',
        find: `        this.#over = true;
        this.#stopListening();`,
        replace: '        this.#over = true;',
      },
    ],
  },
]
