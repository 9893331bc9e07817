import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { context, diag, DiagLogLevel, metrics, trace } from '@opentelemetry/api'
import { suppressTracing } from '@opentelemetry/core'
import { type Instrumentation, registerInstrumentations } from '@opentelemetry/instrumentation'
import type { Histogram } from '@opentelemetry/sdk-metrics'
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { ATTR_ERROR_TYPE } from '@opentelemetry/semantic-conventions'
import { memoryLocks } from '@ormutex/core/memory'
import { OrmutexInstrumentation } from '@ormutex/opentelemetry'
import { Recorder, recording } from './recorder.js'

const require = createRequire(import.meta.url)

describe('OrmutexInstrumentation', () => {
  it('is an instrumentation that an SDK registers and unregisters', async () => {
    const recorder = new Recorder()
    const instrumentation: Instrumentation = new OrmutexInstrumentation()
    const { tracerProvider, meterProvider } = recorder
    const unregister = registerInstrumentations({ instrumentations: [instrumentation], tracerProvider, meterProvider })
    const locks = memoryLocks()
    await locks.withNamedLock('a', () => {})
    unregister()
    await locks.withNamedLock('a', () => {})
    assert.equal(recorder.spans.length, 2)
    assert.equal((await recorder.pointsOf('ormutex.hold.duration')).length, 1)
    const { name, version } = recorder.spans[0]!.instrumentationScope
    const manifest = require('../package.json') as { readonly name: string; readonly version: string }
    assert.deepEqual({ name, version }, { name: manifest.name, version: manifest.version })
    await recorder.shutdown()
  })

  it('takes the global providers, also when they are set after it', async () => {
    const instrumentation = new OrmutexInstrumentation()
    const recorder = new Recorder()
    trace.setGlobalTracerProvider(recorder.tracerProvider)
    metrics.setGlobalMeterProvider(recorder.meterProvider)
    try {
      await memoryLocks().withNamedLock('a', () => {})
      assert.equal(recorder.spans.length, 2)
      assert.equal((await recorder.pointsOf('ormutex.hold.duration')).length, 1)
    } finally {
      instrumentation.disable()
      trace.disable()
      metrics.disable()
      await recorder.shutdown()
    }
  })

  it('listens only while it is enabled', async () => {
    await recording(
      async (recorder, instrumentation) => {
        const locks = memoryLocks()
        await locks.withNamedLock('a', () => {})
        assert.equal(recorder.spans.length, 0)
        instrumentation.enable()
        instrumentation.enable()
        const held = await locks.acquireNamedLock('a')
        const waiting = locks.acquireNamedLock('a')
        assert.equal(await recorder.sumOf('ormutex.waiter.count'), 1)
        instrumentation.disable()
        assert.equal(await recorder.sumOf('ormutex.waiter.count'), 0)
        await held.release()
        await (await waiting).release()
        assert.deepEqual(
          recorder.spans.map(({ name }) => name),
          ['ormutex.acquire', 'ormutex.acquire', 'ormutex.hold'],
        )
      },
      { enabled: false },
    )
  })

  it('makes no spans where tracing is suppressed, nor without a parent when one is required', async () => {
    await recording(
      async (recorder, instrumentation) => {
        const locks = memoryLocks()
        await locks.withNamedLock('a', () => {})
        assert.equal(recorder.spans.length, 0)
        await recorder.within('caller', () => locks.withNamedLock('a', () => {}))
        assert.equal(recorder.spans.length, 3)
        instrumentation.setConfig({})
        assert.deepEqual(instrumentation.getConfig(), { enabled: true, recordNames: false, requireParentSpan: false })
        await context.with(suppressTracing(context.active()), () => locks.withNamedLock('a', () => {}))
        assert.equal(recorder.spans.length, 3)
        await locks.withNamedLock('a', () => {})
        assert.equal(recorder.spans.length, 5)
      },
      { requireParentSpan: true },
    )
  })

  it('breaks no lock and no process when telling of it fails', async () => {
    const told: unknown[] = []
    const quiet = (): void => {}
    diag.setLogger(
      { error: (...message) => told.push(message), warn: quiet, info: quiet, debug: quiet, verbose: quiet },
      DiagLogLevel.ERROR,
    )
    try {
      await recording(async (_, instrumentation) => {
        const broken = (): never => {
          throw new Error('broken')
        }
        instrumentation.setTracerProvider({ getTracer: broken })
        assert.equal(await memoryLocks().withNamedLock('a', () => 7), 7)
      })
      assert.equal(told.length, 2)
    } finally {
      diag.disable()
    }
  })

  for (const event of ['onStart', 'onEnd'] as const) {
    it(`counts waits and holds also when a span processor throws in ${event}`, async () => {
      await recording(async (recorder, instrumentation) => {
        const processor = new SimpleSpanProcessor(new InMemorySpanExporter())
        processor[event] = () => {
          throw new Error('broken')
        }
        instrumentation.setTracerProvider(new BasicTracerProvider({ spanProcessors: [processor] }))
        const locks = memoryLocks()
        await locks.withNamedLock('a', () => {})
        const held = await locks.acquireNamedLock('a')
        const waiting = locks.acquireNamedLock('a')
        assert.equal(await recorder.sumOf('ormutex.waiter.count'), 1)
        await held.release()
        const last = await waiting
        const stillHeld = await locks.acquireNamedLock('b')
        const ending = locks.acquireNamedLock('b')
        instrumentation.disable()
        assert.equal(await recorder.sumOf('ormutex.waiter.count'), 0)
        await Promise.all([last.release(), stillHeld.release()])
        await (await ending).release()
        const points = await recorder.pointsOf('ormutex.acquire.duration')
        assert.equal(
          points.reduce((sum, { value }) => sum + (value as Histogram).count, 0),
          4,
        )
      })
    })
  }

  it('says what is wrong with its options', () => {
    const wrong = (config: object) => () => new OrmutexInstrumentation(config)
    assert.throws(wrong({ recordName: true }), {
      name: 'TypeError',
      message: 'Unknown option "recordName"; expected one of enabled, recordNames, requireParentSpan',
    })
    assert.throws(wrong({ recordNames: 'yes' }), {
      name: 'TypeError',
      message: 'recordNames must be true or false, got a string',
    })
    assert.doesNotThrow(wrong({ recordNames: undefined, enabled: false }))
  })

  it('tells an error that is not its own by its kind', async () => {
    await recording(async (recorder) => {
      const locks = memoryLocks()
      const thrown = [
        new RangeError('no'),
        Object.assign(new Error('no'), { code: 'ER_DUP_ENTRY' }),
        Object.assign(new Error('no'), { code: 'ECONNREFUSED' }),
        Object.assign(new Error('no'), { code: 'USER_42' }),
        Object.assign(new Error('no'), { name: 'user 42', code: 'code 42' }),
        'user 42',
      ]
      for (const error of thrown) await assert.rejects(locks.withNamedLock('a', () => Promise.reject(error)))
      assert.deepEqual(
        recorder.spansOf('ormutex.hold').map(({ attributes }) => attributes[ATTR_ERROR_TYPE]),
        ['RangeError', 'ER_DUP_ENTRY', 'ECONNREFUSED', 'USER_42', '_OTHER', '_OTHER'],
      )
      // Each would be a series of its own.
      const points = await recorder.pointsOf('ormutex.hold.duration')
      assert.deepEqual(
        points.map(({ attributes }) => attributes[ATTR_ERROR_TYPE]),
        ['_OTHER', 'ER_DUP_ENTRY', 'ECONNREFUSED'],
      )
    })
  })

  it('can be required', () => {
    const required = require('@ormutex/opentelemetry') as { readonly OrmutexInstrumentation: unknown }
    assert.equal(required.OrmutexInstrumentation, OrmutexInstrumentation)
  })
})
