import type { WaitOptions } from '@ormutex/core'
import type { HeldLock, LockOptions, Transaction } from '../applications/application.js'
import type { Phase } from '../history/events.js'
import { PRISMA_TIMEOUT_MS } from '../limits.js'
import { monotonicMs } from '../monotonic.js'
import { type Caller, CallLog } from './call-log.js'
import type { CallPlan } from './call-plan.js'
import { Aborted, isAbout, NotAcquired } from './outcome.js'
import { Section } from './section.js'

/** Makes a call as it was planned, and records what becomes of it. Answers whether it ended well; never rejects. */
export function makeCall(caller: Caller, plan: CallPlan, parent?: string): Promise<boolean> {
  return new Call(caller, plan).make(parent)
}

class Call {
  readonly #caller: Caller
  readonly #plan: CallPlan
  readonly #log: CallLog
  readonly #section: Section
  readonly #abort = new AbortController()
  #askedAt: number | undefined

  constructor(caller: Caller, plan: CallPlan) {
    this.#caller = caller
    this.#plan = plan
    this.#log = new CallLog(caller, plan, (phase) => this.#abortIn(phase))
    this.#section = new Section(this.#log, plan, (nested) => makeCall(caller, nested, this.#log.op))
  }

  async make(parent: string | undefined): Promise<boolean> {
    const { abort } = this.#plan
    this.#log.invoke(parent)
    const timer = abort?.phase === 'waiting' ? setTimeout(() => this.#abortNow(), abort.afterMs) : undefined
    try {
      await this.#run()
      this.#log.succeed()
      return true
    } catch (error) {
      this.#strikeIfEndedByPrisma(error)
      this.#log.fail(error)
      return false
    } finally {
      clearTimeout(timer)
    }
  }

  async #run(): Promise<void> {
    const { application } = this.#caller
    const { kind, names } = this.#plan
    const section = (tx: Transaction, lock: HeldLock): Promise<void> =>
      this.#log.leaveWhenDone(() => this.#section.run(tx, lock), true)
    switch (kind) {
      case 'transaction':
        return application.withLock(names, section, this.#lockOptions())
      case 'try':
        if (await application.tryWithLock(names, section, this.#lockOptions())) return
        throw new NotAcquired('The lock is taken')
      case 'joined':
        return this.#runJoined()
      case 'fenced':
        return this.#holding((lock) => this.#runFenced(lock))
      case 'held':
        return this.#holding(async (lock) => {
          await this.#log.leaveWhenDone(() => this.#section.hold(lock), false)
          lock.signal.throwIfAborted()
        })
    }
  }

  async #runJoined(): Promise<void> {
    const { isolation, incident } = this.#plan
    await this.#caller.application.transaction((tx) => this.#log.leaveWhenDone(() => this.#joining(tx), true), {
      isolation,
      ...(incident === 'prisma-timeout' && { prismaTimeoutMs: PRISMA_TIMEOUT_MS }),
    })
  }

  async #joining(tx: Transaction): Promise<void> {
    this.#askedAt = monotonicMs()
    this.#log.asking()
    try {
      await tx.withLock(this.#plan.names, (joined, lock) => this.#section.run(joined, lock), this.#waitOptions())
    } catch (error) {
      if (!this.#log.hasAcquired) this.#log.refused()
      throw error
    }
  }

  #runFenced(lock: HeldLock): Promise<void> {
    return this.#caller.application.transaction(
      (tx) => this.#log.leaveWhenDone(() => this.#section.runFenced(tx, lock), true),
      { isolation: this.#plan.isolation },
    )
  }

  async #holding(work: (lock: HeldLock) => Promise<void>): Promise<void> {
    const lock = await this.#caller.application.acquire(this.#plan.names, this.#waitOptions())
    try {
      this.#log.enter(this.#plan.names, lock)
      // Where no transaction could be begun, this is where it was left.
      await this.#log.leaveWhenDone(() => work(lock), false)
    } finally {
      await lock.release()
    }
  }

  #lockOptions(): LockOptions {
    return { ...this.#waitOptions(), isolation: this.#plan.isolation }
  }

  #waitOptions(): WaitOptions {
    const { timeoutMs, holdTimeoutMs, keepAliveMs, orphanTimeoutMs } = this.#plan
    return {
      timeoutMs,
      holdTimeoutMs,
      signal: this.#abort.signal,
      ...(keepAliveMs !== undefined && { keepAliveMs }),
      ...(orphanTimeoutMs !== undefined && { orphanTimeoutMs }),
    }
  }

  #abortIn(phase: Phase): void {
    // Not before the library has gone on from here: to the callback's first statement, to COMMIT.
    if (this.#plan.abort?.phase === phase) setImmediate(() => this.#abortNow())
  }

  #abortNow(): void {
    this.#log.strike('abort')
    this.#abort.abort(new Aborted('On purpose'))
  }

  /** Where the transaction ended while its lock was still waited for. */
  #strikeIfEndedByPrisma(error: unknown): void {
    if (this.#plan.incident !== 'prisma-timeout' || this.#log.hasAcquired) return
    // Whatever ended it before: that was something else.
    if (this.#askedAt === undefined || monotonicMs() - this.#askedAt < PRISMA_TIMEOUT_MS) return
    if (isAbout(error, 'LOCK_TIMEOUT') || error instanceof Aborted) return
    this.#log.strike('prisma-timeout')
  }
}
