import assert from 'node:assert/strict'
import { LockTimeoutError } from '@ormutex/core'
import type { Subject } from '../harness.js'
import { untilOneWaits } from '../server-view.js'
import type { Suite } from '../suite.js'
import { deferred } from '../support/deferred.js'
import { eventually } from '../support/eventually.js'
import { hold } from '../support/holding.js'
import { rejection, rejectionWith } from '../support/rejection.js'
import { timedAbort } from '../support/timed-abort.js'
import { assertTakes, timed } from '../support/timing.js'
import { whenTold } from '../support/told-holder.js'

/** Longest time after which a lock that is free is had, in milliseconds, on a machine that has much else to do. */
const LONGEST_TAKEOVER_MS = 2_000

/** Longest that closing a source takes on which nobody holds anything, in milliseconds: measured 3 to 105. */
const LONGEST_CLOSE_MS = 2_000

type Options = { readonly timeoutMs?: number; readonly signal?: AbortSignal }

/** Every way to wait for a lock; each rejects when it is not granted. */
const WAYS: Readonly<Record<string, <Tx>(subject: Subject<Tx>, name: string, options: Options) => Promise<unknown>>> = {
  withNamedLock: ({ locks }, name, options) => locks.withNamedLock(name, () => assert.fail('ran'), options),
  acquireNamedLock: ({ locks }, name, options) => locks.acquireNamedLock(name, options),
  'withNamedLock with an array': ({ locks }, name, options) =>
    locks.withNamedLock([`${name}!`, name], () => assert.fail('ran'), options),
}

/** Has a source ask what it asks once, before it is the time that counts. */
async function used<Tx>({ locks }: Subject<Tx>, name: string): Promise<void> {
  await (await locks.acquireNamedLock(name)).release()
}

/** 5. Timed out or aborted: no lock is granted later behind the caller's back, and no connection is leaked or left locked. */
export function givingUpCases<Tx>(suite: Suite<Tx>): void {
  suite.describe('a wait that is given up', () => {
    for (const [way, wait] of Object.entries(WAYS)) {
      for (const [where, sameSource] of [
        ['another source has it', false],
        ['the same source has it', true],
      ] as const) {
        suite.it(`${way}, ${where}: ends on time, and the lock is free as soon as its holder ends`, async (stage) => {
          const [subject, other, third] = [await stage.open(), await stage.open(), await stage.open()]
          const name = stage.name()
          await used(third, stage.name())
          const holder = sameSource ? subject : other
          const timeout = (timeoutMs: number) => (): Promise<number> =>
            timed(() => rejectionWith('LOCK_TIMEOUT', wait(subject, name, { timeoutMs })))
          const aborted = (): Promise<number> => timedAbort((signal) => wait(subject, name, { signal }))
          const holding = await hold(holder, name)
          await assertTakes(300, timeout(300))
          await assertTakes(0, timeout(0))
          await assertTakes(0, aborted)
          await holding.finish()
          // Not at once: for a moment a server may take a connection that was closed for one that waits.
          await assertTakes(0, async () => {
            const again = await hold(holder, name)
            await aborted()
            await again.finish()
            const next = await third.locks.tryAcquireNamedLock(name, { timeoutMs: LONGEST_TAKEOVER_MS })
            assert.ok(next !== null, 'granted to somebody who no longer waited')
            await next.release()
            return next.waitedMs
          })
          await stage.assertWhole(subject, 5)
        })
      }
    }

    for (const timeoutMs of [1, 40, 700, 1_300]) {
      suite.it(`after ${timeoutMs} ms: on time`, async (stage) => {
        const [subject, other] = [await stage.open(), await stage.open()]
        const name = stage.name()
        const held = await other.locks.acquireNamedLock(name)
        // So that the connection is there: opening one is not what is measured.
        await subject.locks.withNamedLock(stage.name(), () => {})
        await assertTakes(timeoutMs, () =>
          timed(() => rejectionWith('LOCK_TIMEOUT', subject.locks.acquireNamedLock(name, { timeoutMs }))),
        )
        await held.release()
      })
    }

    suite.it('gives every caller an error of its own that says who has it', async (stage) => {
      const other = await stage.open({ namedLocks: { label: 'the-other-one' } })
      const subject = await stage.open()
      const name = stage.name()
      await used(subject, stage.name())
      const held = await other.locks.acquireNamedLock(name)
      const refused = (): Promise<LockTimeoutError[]> =>
        Promise.all(
          [1, 2].map(() =>
            rejectionWith<LockTimeoutError>('LOCK_TIMEOUT', subject.locks.acquireNamedLock(name, { timeoutMs: 100 })),
          ),
        )
      const errors = await whenTold(refused, (each) => each.every(({ holder }) => holder !== null))
      for (const error of errors) {
        assert.ok(error instanceof LockTimeoutError)
        assert.equal(error.name, 'LockTimeoutError')
        assert.equal(error.reason, 'taken')
        assert.equal(error.holder?.sessionId, held.sessionId)
        assert.ok(error.message.includes(held.sessionId) && error.message.includes(name), error.message)
      }
      assert.notEqual(errors[0], errors[1])
      await held.release()
    })

    suite.itOnServer(
      'says who has it and from where, as far as the server shows, and never what it runs',
      async (stage) => {
        const other = await stage.open({ namedLocks: { label: 'the-other-one' } })
        const subject = await stage.open()
        const name = stage.name()
        const { flavour, user } = stage.environment.server
        const holding = await hold(other, name)
        // Runs for as long as it is to be seen.
        const gate = stage.keyOf(stage.name('gate'))
        await stage.environment.control(`SELECT GET_LOCK('${gate}', 0)`)
        const running = other.query(
          holding.transaction,
          `SELECT GET_LOCK('${gate}', 40), RELEASE_LOCK('${gate}'), 'hushed'`,
        )
        const refused = (): Promise<LockTimeoutError> =>
          rejectionWith('LOCK_TIMEOUT', subject.locks.acquireNamedLock(name, { timeoutMs: 0 }))
        let refusal: LockTimeoutError
        try {
          await eventually(async () =>
            assert.match((await subject.locks.namedLockHolder(name))?.statement ?? '', /hushed/),
          )
          refusal = await whenTold(refused, (error) => error.holder !== null)
        } finally {
          await stage.environment.control(`SELECT RELEASE_LOCK('${gate}')`)
        }
        const { message, holder } = refusal
        assert.equal(holder?.sessionId, holding.lock.sessionId)
        assert.equal(holder.user, user)
        assert.match(holder.statement ?? '', /hushed/)
        // MariaDB shows labels only where performance_schema is on.
        const label = flavour === 'mysql' ? 'the-other-one, ' : ''
        assert.ok(message.includes(`session ${holder.sessionId} (${label}${user}@${holder.host}`), message)
        assert.ok(!message.includes('hushed') && !message.includes('SELECT'), message)
        await running
        await holding.finish()
      },
    )

    suite.it('is as long as the defaults of its source say, unless the call says otherwise', async (stage) => {
      const subject = await stage.open({ namedLocks: { defaults: { timeoutMs: 100 } } })
      const other = await stage.open()
      const name = stage.name()
      const held = await other.locks.acquireNamedLock(name)
      const waiting = (options: Options) => (): Promise<number> =>
        timed(() => rejectionWith('LOCK_TIMEOUT', subject.locks.acquireNamedLock(name, options)))
      await assertTakes(100, waiting({}))
      await assertTakes(250, waiting({ timeoutMs: 250 }))
      await held.release()
    })

    suite.it('is not even begun when its signal is aborted already', async (stage) => {
      const subject = await stage.open()
      const reason = { of: 'any kind' }
      const options = { signal: AbortSignal.abort(reason) }
      assert.equal(
        await rejection(subject.locks.withNamedLock(stage.name(), () => assert.fail('ran'), options)),
        reason,
      )
      assert.equal(await rejection(subject.locks.acquireNamedLock(stage.name(), options)), reason)
      assert.equal(subject.connectionsInUse(), 0)
    })

    suite.itOnServer('is over when its source is closed, also of who asks again', async (stage) => {
      const [subject, other] = [await stage.open(), await stage.open()]
      const name = stage.name()
      await used(subject, stage.name())
      const held = await other.locks.acquireNamedLock(name)
      const ask = (): Promise<unknown> => subject.locks.acquireNamedLock(name, { timeoutMs: Infinity })
      const asking = rejection(ask().catch(ask))
      await untilOneWaits(stage.environment)
      const took = await timed(() => stage.closeSubject(subject))
      assert.ok(took < LONGEST_CLOSE_MS, `took ${took} ms`)
      await asking
      await held.release()
    })

    suite.it('is none after the grant: an abort does nothing any more', async (stage) => {
      const subject = await stage.open()
      const controller = new AbortController()
      const value = await subject.locks.withNamedLock(
        stage.name(),
        async (transaction, lock) => {
          controller.abort()
          await subject.read(transaction, stage.name('counter'))
          return lock.signal.aborted
        },
        { signal: controller.signal },
      )
      assert.equal(value, false)
    })

    suite.itOnServer('for another lock in a callback that has the only connection says so, too', async (stage) => {
      const subject = await stage.open({ poolSize: 1 })
      await subject.locks.withNamedLock(stage.name('outer'), async () => {
        const call = subject.locks.withNamedLock(stage.name('inner'), () => assert.fail('ran'), { timeoutMs: 200 })
        assert.equal((await rejectionWith<LockTimeoutError>('LOCK_TIMEOUT', call)).reason, 'pool')
      })
    })

    suite.itOnServer('says so when it was the pool that gave no connection, and takes none later', async (stage) => {
      const subject = await stage.open({ poolSize: 1 })
      const gate = deferred()
      const begun = deferred()
      const busy = subject.transaction(async () => {
        begun.resolve()
        await gate.promise
      })
      await begun.promise
      await assertTakes(200, () =>
        timed(async () => {
          const call = subject.locks.withNamedLock(stage.name(), () => assert.fail('ran'), { timeoutMs: 200 })
          const error = await rejectionWith<LockTimeoutError>('LOCK_TIMEOUT', call)
          assert.equal(error.reason, 'pool')
          assert.match(error.message, /pool/)
          assert.equal(error.holder, null)
        }),
      )
      const controller = new AbortController()
      const aborted = rejection(subject.locks.acquireNamedLock(stage.name(), { signal: controller.signal }))
      controller.abort('enough')
      assert.equal(await aborted, 'enough')
      gate.resolve()
      await busy
      await stage.assertWhole(subject, 1)
    })
  })
}
