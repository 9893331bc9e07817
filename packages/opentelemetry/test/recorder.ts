import { context, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import {
  AggregationTemporality,
  type DataPoint,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base'
import { OrmutexInstrumentation, type OrmutexInstrumentationConfig } from '@ormutex/opentelemetry'

// The SDK takes samplers and limits from there, and whoever runs the tests may have them for something else.
for (const name of Object.keys(process.env)) if (name.startsWith('OTEL_')) delete process.env[name]

// As an SDK does when it starts. The API takes one only, for the whole process.
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())

/** The real SDK, whose exporters keep what they are given. */
export class Recorder {
  readonly #exporter = new InMemorySpanExporter()
  readonly tracerProvider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(this.#exporter)] })
  readonly #metricExporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
  readonly #reader = new PeriodicExportingMetricReader({ exporter: this.#metricExporter })
  readonly meterProvider = new MeterProvider({ readers: [this.#reader] })
  readonly tracer = this.tracerProvider.getTracer('the application')

  get spans(): readonly ReadableSpan[] {
    return this.#exporter.getFinishedSpans()
  }

  /** The spans of one name, in the order in which they ended. */
  spansOf(name: string): readonly ReadableSpan[] {
    return this.spans.filter((span) => span.name === name)
  }

  /** The only span of a name. */
  spanOf(name: string): ReadableSpan {
    const spans = this.spansOf(name)
    if (spans.length !== 1) throw new Error(`${spans.length} spans are called ${name}`)
    return spans[0]!
  }

  /** Runs something inside a span of the application's. */
  within<T>(name: string, work: () => Promise<T>): Promise<T> {
    return this.tracer.startActiveSpan(name, async (span) => {
      try {
        return await work()
      } finally {
        span.end()
      }
    })
  }

  /** A span that is begun and ended where the caller is. */
  mark(name: string): void {
    this.tracer.startSpan(name).end()
  }

  /** What a metric has come to by now: its points, one for each series. */
  async pointsOf(name: string): Promise<readonly DataPoint<unknown>[]> {
    return (await this.#metric(name))?.dataPoints ?? []
  }

  /** A counter's sum over the series with an attribute, all series by default. */
  async sumOf(name: string, attribute?: readonly [key: string, value: unknown]): Promise<number> {
    const points = await this.pointsOf(name)
    return points
      .filter(({ attributes }) => attribute === undefined || attributes[attribute[0]] === attribute[1])
      .reduce((sum, { value }) => sum + (value as number), 0)
  }

  async #metric(name: string) {
    await this.#reader.forceFlush()
    const exported = this.#metricExporter.getMetrics().at(-1)
    return exported?.scopeMetrics.flatMap(({ metrics }) => metrics).find(({ descriptor }) => descriptor.name === name)
  }

  /** Everything that was exported, as text. */
  async exported(): Promise<string> {
    await this.#reader.forceFlush()
    const spans = this.spans.map(({ name, kind, attributes, events, status, links }) => ({
      name,
      kind,
      attributes,
      events,
      status,
      links,
    }))
    return JSON.stringify([spans, this.#metricExporter.getMetrics()])
  }

  async shutdown(): Promise<void> {
    await this.tracerProvider.shutdown()
    await this.meterProvider.shutdown()
  }
}

/** Runs a test with an instrumentation that tells a recorder of everything. */
export async function recording(
  test: (recorder: Recorder, instrumentation: OrmutexInstrumentation) => Promise<void>,
  config?: OrmutexInstrumentationConfig,
): Promise<void> {
  const recorder = new Recorder()
  const instrumentation = new OrmutexInstrumentation(config)
  instrumentation.setTracerProvider(recorder.tracerProvider)
  instrumentation.setMeterProvider(recorder.meterProvider)
  try {
    await test(recorder, instrumentation)
  } finally {
    instrumentation.disable()
    await recorder.shutdown()
  }
}

/** The span that another one is in. */
export function parentOf(span: ReadableSpan): string | undefined {
  return span.parentSpanContext?.spanId
}

/** A span's id. */
export function idOf(span: ReadableSpan): string {
  return span.spanContext().spanId
}

/** The span that is active where the caller is. */
export function activeSpanId(): string | undefined {
  return trace.getActiveSpan()?.spanContext().spanId
}
