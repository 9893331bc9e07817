import { memoryLocks } from '@ormutex/core/memory'
import { surveyLocks } from '@ormutex/core/sql'
import { OrmutexInstrumentation } from '@ormutex/opentelemetry'
import type { Harness } from '@ormutex/testkit'

const locks = /*? unit tests of an application | @throws | @example */ memoryLocks({
  /*? the application's transaction, or a fake | @default hands an empty object */ transaction: (work) => work({}),
  /*? Names of the options of a transaction | @default none */ transactionOptions: ['readOnly'],
  /*? How calls name the transaction that they join | @default none */ join: { option: 'transaction' },
  /*? @default the current database */ namespace: 'shop',
})
await locks
  /*? pins a connection | @example */ .withNamedLock('a', () => 1, { /*? milliseconds */ timeoutMs: 5 })
locks.server
  /*? as an operator would */ .endSession('1')
const { hidden } = await /*? Every user-level lock | @throws | @example */ surveyLocks(async () => [], {
  /*? Keys to ask for by name, 1 to 64 characters | @default none */ keys: ['deploy'],
})
console.log(/*? hidden: readonly string[] */ hidden)
new /*? Spans and metrics | unless `enabled` is false | @throws */ OrmutexInstrumentation({
  /*? names of locks | @default false */ recordNames: true,
  /*? only inside others | @default false */ requireParentSpan: true,
  /*? without `enable()` | @default true */ enabled: false,
})
  /*? from now on */ .enable()
export const capabilities: Harness<object>['capabilities'] = {
  /*? connections to a MySQL or MariaDB server */ server: false,
  /*? Which transactions locks can join */ joins: 'any',
}
