'use strict'
// That OpenTelemetry's API of whatever version is told of a lock.
const assert = require('node:assert/strict')

async function proveSpans(load) {
  const { INVALID_SPAN_CONTEXT, trace } = await load('@opentelemetry/api')
  const { OrmutexInstrumentation } = await load('@ormutex/opentelemetry')
  const { memoryLocks } = await load('@ormutex/core/memory')
  const spans = []
  const startSpan = (name) => {
    spans.push(name)
    return trace.wrapSpanContext(INVALID_SPAN_CONTEXT)
  }
  const instrumentation = new OrmutexInstrumentation()
  instrumentation.setTracerProvider({ getTracer: () => ({ startSpan }) })
  await memoryLocks().withNamedLock('opentelemetry', () => {})
  instrumentation.disable()
  assert.deepEqual(spans, ['ormutex.acquire', 'ormutex.hold'])
}

module.exports = { proveSpans }
