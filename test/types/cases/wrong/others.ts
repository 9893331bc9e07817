import { isOrmutexError, OrmutexError } from '@ormutex/core'
import { memoryLocks } from '@ormutex/core/memory'
import { surveyLocks } from '@ormutex/core/sql'
import { OrmutexInstrumentation } from '@ormutex/opentelemetry'
import { conformance } from '@ormutex/testkit'

memoryLocks({ /*! 'transaction' */ transacton: () => {} })
memoryLocks({ /*! RunTransaction */ transaction: () => 1 })
memoryLocks({ join: { /*! 'opton' */ opton: 'transaction' } })
memoryLocks({ /*! readonly string[] */ transactionOptions: 'readOnly' })
await memoryLocks<object, { connection?: object }>().withNamedLock('a', () => 1, { /*! 'connetion' */ connetion: {} })
await memoryLocks().withNamedLock('a', async () => 1, { /*! 'timeoutMs' */ timeoutMS: 5 })
new OrmutexInstrumentation({ /*! 'recordNames' */ recordName: true })
new OrmutexInstrumentation({ /*! Type 'string' is not assignable to type 'boolean */ recordNames: 'yes' })
await surveyLocks(async () => [], { /*! 'keys' */ key: ['a'] })
conformance({ /*! 'harness' */ harnes: {} })

export function ofInstance(error: unknown): string | undefined {
  if (!(error instanceof OrmutexError)) return undefined
  if (error.code === 'LOCK_TIMEOUT') return error.holder?.label
  return error.code === 'LOCK_LOST' ? error./*! 'holder' does not exist on type 'LockLostError' */ holder : undefined
}

export function labelOf(error: unknown): string | undefined {
  if (!isOrmutexError(error)) return undefined
  if (error.code === 'LOCK_LOST') return error./*! 'holder' does not exist on type 'LockLostError' */ holder
  return /*! "LOCK_GONE" */ error.code === 'LOCK_GONE' ? 'gone' : undefined
}
