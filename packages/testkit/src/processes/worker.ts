import { setTimeout as sleep } from 'node:timers/promises'
import type { Harness, Subject } from '../harness.js'
import { hold } from '../support/holding.js'
import type { Command, Commands, Request, Response } from './protocol.js'

process.on('disconnect', () => process.exit())

const { harness } = (await import(process.argv[2]!)) as { harness: Harness<unknown> }
let subject: Subject<unknown>

const handlers: { [C in Command]: (args: Commands[C]['args']) => Promise<Commands[C]['answer']> } = {
  open: async (options) => {
    subject = await harness.open(options)
  },

  close: () => subject.close(),

  increment: async ({ name, counter, times, pauseMs, level }) => {
    const written: { value: number; token: bigint }[] = []
    const increment = async (transaction: unknown, token: bigint): Promise<void> => {
      const value = (await subject.read(transaction, counter)) + 1
      await sleep(pauseMs)
      await subject.write(transaction, counter, value)
      written.push({ value, token })
    }
    for (let count = 0; count < times; count += 1) {
      if (name === null) await subject.transaction((transaction) => increment(transaction, 0n))
      else {
        const options = { timeoutMs: 60_000, ...subject.isolation(level) }
        await subject.locks.withNamedLock(name, (transaction, lock) => increment(transaction, lock.token), options)
      }
    }
    return written
  },

  holdForEver: async ({ name, counter, value }) => {
    const { lock } = await hold(subject, name, {}, (transaction) => subject.write(transaction, counter, value))
    return lock.sessionId
  },

  startWaiting: async ({ name }) => {
    void subject.locks.acquireNamedLock(name, { timeoutMs: Infinity })
  },
}

process.on('message', (request: Request) => {
  void respond(request)
})

async function respond({ id, command, args }: Request): Promise<void> {
  let response: Response
  try {
    response = { id, value: await (handlers[command] as (args: unknown) => Promise<unknown>)(args) }
  } catch (error) {
    response = { id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) }
  }
  process.send!(response)
}
