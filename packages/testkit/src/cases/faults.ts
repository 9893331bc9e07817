import assert from 'node:assert/strict'
import { cutAfterForward, cutAfterReply, cutBefore, fail, type Fault as ProxyFault } from '../fault-proxy/index.js'
import type { Harness } from '../harness.js'
import type { Suite } from '../suite.js'
import { eventually } from '../support/eventually.js'
import { rejection } from '../support/rejection.js'
import { serverErrorOf } from '../support/server-error.js'

/** An answer that neither the dialects nor the drivers know anything special about. */
const SERVER_ERROR = { errno: 1105, sqlState: 'HY000', message: 'Made up by the test' }

const POOL_SIZE = 3

const PHASES = {
  acquire: /GET_LOCK/i,
  begin: /^\s*(BEGIN|START TRANSACTION)/i,
  callback: /^\s*(UPDATE|INSERT|REPLACE)/i,
  commit: /^\s*COMMIT/i,
  rollback: /^\s*ROLLBACK/i,
  release: /RELEASE_LOCK/i,
}

/** What the caller gets: the callback's result or error, an error with that code, or the driver's own with that number. */
type Outcome = 'result' | 'thrown' | 'server error' | 'LOCK_FAILED' | 'LOCK_LOST' | 'COMMIT_UNKNOWN'

interface Fault {
  readonly phase: keyof typeof PHASES
  readonly what: string
  readonly does: ProxyFault
  readonly callbackThrows?: true
  readonly expected: Outcome
  /** Whether the callback's row is there afterwards. */
  readonly committed: boolean
  /** The same where the ORM begins its transaction before the lock is asked for. */
  readonly indirect?: { readonly expected: Outcome; readonly committed: boolean }
}

const fails = { what: 'is answered with an error', does: fail(SERVER_ERROR) }
const dies = { what: 'finds the connection dead', does: cutBefore() }
const unanswered = { what: 'gets no answer any more', does: cutAfterForward() }
const lastAnswer = { what: 'gets the last answer of its connection', does: cutAfterReply() }

const FAULTS: readonly Fault[] = [
  { phase: 'acquire', ...fails, expected: 'LOCK_FAILED', committed: false },
  // A waiter whose session dies waits on with a new one.
  { phase: 'acquire', ...dies, expected: 'result', committed: true },
  { phase: 'acquire', ...unanswered, expected: 'result', committed: true },
  { phase: 'acquire', ...lastAnswer, expected: 'LOCK_LOST', committed: false },
  {
    phase: 'begin',
    ...fails,
    expected: 'server error',
    committed: false,
    indirect: { expected: 'LOCK_FAILED', committed: false },
  },
  {
    phase: 'begin',
    ...dies,
    expected: 'LOCK_LOST',
    committed: false,
    indirect: { expected: 'result', committed: true },
  },
  {
    phase: 'begin',
    ...unanswered,
    expected: 'LOCK_LOST',
    committed: false,
    indirect: { expected: 'result', committed: true },
  },
  { phase: 'callback', ...fails, expected: 'server error', committed: false },
  { phase: 'callback', ...dies, expected: 'LOCK_LOST', committed: false },
  { phase: 'callback', ...unanswered, expected: 'LOCK_LOST', committed: false },
  { phase: 'callback', ...lastAnswer, expected: 'LOCK_LOST', committed: false },
  { phase: 'commit', ...fails, expected: 'server error', committed: false },
  { phase: 'commit', ...dies, expected: 'COMMIT_UNKNOWN', committed: false },
  { phase: 'commit', ...unanswered, expected: 'COMMIT_UNKNOWN', committed: true },
  { phase: 'commit', ...lastAnswer, expected: 'result', committed: true },
  { phase: 'rollback', ...fails, callbackThrows: true, expected: 'thrown', committed: false },
  { phase: 'rollback', ...dies, callbackThrows: true, expected: 'thrown', committed: false },
  { phase: 'rollback', ...unanswered, callbackThrows: true, expected: 'thrown', committed: false },
  { phase: 'release', ...fails, expected: 'result', committed: true },
  { phase: 'release', ...dies, expected: 'result', committed: true },
  { phase: 'release', ...unanswered, expected: 'result', committed: true },
  { phase: 'release', ...fails, callbackThrows: true, expected: 'thrown', committed: false },
  { phase: 'release', ...dies, callbackThrows: true, expected: 'thrown', committed: false },
]

function assertOutcome<Tx>(harness: Harness<Tx>, expected: Outcome, error: unknown, thrown: Error): void {
  if (expected === 'thrown') return assert.equal(error, thrown)
  if (expected === 'server error') return assert.equal(serverErrorOf(harness, error).errno, SERVER_ERROR.errno)
  const { code, cause } = error as { code?: unknown; cause?: unknown }
  assert.equal(code, expected, String(error))
  assert.ok(cause instanceof Error, 'no cause')
}

/** 3 and 4. Whatever breaks in whichever phase: the right error, the pool whole, no lock left. */
export function faultCases<Tx>(suite: Suite<Tx>): void {
  if (!suite.capabilities.server) return
  for (const [phase, pattern] of Object.entries(PHASES)) {
    suite.describe(`when ${phase}`, () => {
      for (const fault of FAULTS.filter((each) => each.phase === phase)) {
        const { expected, committed } = (suite.capabilities.direct ? undefined : fault.indirect) ?? fault
        const after = fault.callbackThrows === true ? ' after the callback threw' : ''
        suite.it(`${fault.what}${after}: ${expected}`, async (stage) => {
          const subject = await stage.open({ through: 'faults', poolSize: POOL_SIZE })
          const other = await stage.open()
          const [name, counter] = [stage.name(), stage.name('counter')]
          await subject.locks.withNamedLock(name, (transaction) => subject.write(transaction, counter, 1))
          // What an ORM sends last, to get its connection back, is none of the phase.
          await eventually(() => assert.equal(subject.connectionsInUse(), 0))
          const rule = stage.on(pattern, fault.does)
          const thrown = new Error('of the callback')
          const call = subject.locks.withNamedLock(name, async (transaction) => {
            await subject.write(transaction, counter, 2)
            // The statement after it: a COMMIT sent into a connection that is already gone would be another phase.
            await subject.read(transaction, counter)
            if (fault.callbackThrows === true) throw thrown
            return 'the result'
          })
          if (expected === 'result') assert.equal(await call, 'the result')
          else assertOutcome(suite.harness, expected, await rejection(call), thrown)
          assert.equal(rule.hits, 1)

          // A server takes a moment to see that a connection is gone, and another to roll back.
          await eventually(async () => {
            const next = await other.locks.tryAcquireNamedLock(name)
            assert.ok(next !== null, 'still locked')
            await next.release()
          })
          // Before the pool is used again, and after: a transaction left open in it would be committed by the next BEGIN.
          assert.equal(await other.read(null, counter), committed ? 2 : 1)
          await stage.assertWhole(subject, POOL_SIZE)
          const commitAll = Array.from({ length: POOL_SIZE }, () =>
            subject.transaction((transaction) => subject.read(transaction, counter)),
          )
          await Promise.all(commitAll)
          assert.equal(await other.read(null, counter), committed ? 2 : 1)
        })
      }
    })
  }

  suite.describe('when the release of a lock without a transaction', () => {
    for (const { what, does } of [fails, dies, unanswered]) {
      suite.it(`${what}: it is free all the same, and nobody is told`, async (stage) => {
        const subject = await stage.open({ through: 'faults', poolSize: POOL_SIZE })
        const other = await stage.open()
        const name = stage.name()
        const lock = await subject.locks.acquireNamedLock(name)
        const rule = stage.on(PHASES.release, does)
        await lock.release()
        assert.equal(rule.hits, 1)
        await (await other.locks.acquireNamedLock(name, { timeoutMs: 1_000 })).release()
        assert.equal(lock.signal.aborted, false)
        await stage.assertWhole(subject, POOL_SIZE)
      })
    }
  })
}
