import { tracingChannel } from 'node:diagnostics_channel'
import { diag, type MeterProvider, metrics, type Span, trace, type TracerProvider } from '@opentelemetry/api'
import type { AcquireMessage, HoldMessage } from '@ormutex/core'
import { checkConfig, type CheckedConfig, type OrmutexInstrumentationConfig } from './config.js'
import { Instruments } from './instruments.js'
import { beginSpan, endSpan } from './spans.js'

const NAME = '@ormutex/opentelemetry'
const VERSION = '0.1.0'

const acquiring = tracingChannel('ormutex:acquire')
const holding = tracingChannel('ormutex:hold')

/**
 * Spans and metrics for every lock that is taken in this process, whichever adapter takes it: spans `ormutex.acquire` and
 * `ormutex.hold`, histograms of both durations, counts of timeouts, deadlocks, losses and waiters.
 *
 * What OpenTelemetry calls an instrumentation, by its shape: there is no module to patch, so the base class, and the hooks into module
 * loading that come with it, would have nothing to do.
 *
 * @throws {TypeError} for options that are none
 * @example
 * new NodeSDK({ instrumentations: [new OrmutexInstrumentation({ recordNames: true })] }).start()
 */
export class OrmutexInstrumentation {
  /** The name that its spans and metrics are found under. */
  readonly instrumentationName = NAME
  /** The version of this package. */
  readonly instrumentationVersion = VERSION
  #config: CheckedConfig
  #tracerProvider: TracerProvider | undefined
  #meterProvider: MeterProvider | undefined
  /** Made when first used: before an application sets its global MeterProvider there are only instruments that do nothing. */
  #instruments: Instruments | undefined
  #isEnabled = false
  readonly #waiting = new Map<AcquireMessage, Span | undefined>()
  readonly #holding = new Map<HoldMessage, Span | undefined>()

  /**
   * Spans and metrics for every lock that is taken in this process; it listens at once, unless `enabled` is false.
   * @param config `enabled` (default true), `recordNames` (default false), `requireParentSpan` (default false)
   * @throws {TypeError} for options that are none
   */
  constructor(config: OrmutexInstrumentationConfig = {}) {
    this.#config = checkConfig(config)
    if (this.#config.enabled) this.enable()
  }

  /** Listens from now on. */
  enable(): void {
    if (this.#isEnabled) return
    this.#isEnabled = true
    acquiring.start.subscribe(this.#acquireBegins)
    acquiring.asyncEnd.subscribe(this.#acquireEnds)
    holding.start.subscribe(this.#holdBegins)
    holding.asyncEnd.subscribe(this.#holdEnds)
  }

  /** Listens no more. Spans of what is under way end now, with no outcome. */
  disable(): void {
    if (!this.#isEnabled) return
    this.#isEnabled = false
    acquiring.start.unsubscribe(this.#acquireBegins)
    acquiring.asyncEnd.unsubscribe(this.#acquireEnds)
    holding.start.unsubscribe(this.#holdBegins)
    holding.asyncEnd.unsubscribe(this.#holdEnds)
    for (const message of this.#waiting.keys()) attempt(() => this.#metrics.waiterWent(message))
    for (const span of [...this.#waiting.values(), ...this.#holding.values()]) attempt(() => span?.end())
    this.#waiting.clear()
    this.#holding.clear()
  }

  /**
   * Where spans go from now on.
   * @default the global one
   */
  setTracerProvider(provider: TracerProvider): void {
    this.#tracerProvider = provider
  }

  /**
   * Where metrics go from now on.
   * @default the global one
   */
  setMeterProvider(provider: MeterProvider): void {
    this.#meterProvider = provider
    this.#instruments = undefined
  }

  /**
   * Other options for what begins from now on; `enabled` does nothing here.
   * @throws {TypeError} for options that are none
   */
  setConfig(config: OrmutexInstrumentationConfig): void {
    this.#config = checkConfig(config)
  }

  /** The options with every default filled in. */
  getConfig(): Readonly<Record<keyof OrmutexInstrumentationConfig, boolean>> {
    return this.#config
  }

  get #metrics(): Instruments {
    return (this.#instruments ??= new Instruments((this.#meterProvider ?? metrics).getMeter(NAME, VERSION)))
  }

  readonly #acquireBegins = (told: unknown): void => {
    const message = told as AcquireMessage
    attempt(() => this.#metrics.waiterCame(message))
    this.#begin('ormutex.acquire', this.#waiting, message)
  }

  readonly #acquireEnds = (told: unknown): void => {
    const message = told as AcquireMessage
    if (!this.#waiting.has(message)) return
    attempt(() => this.#metrics.waiterWent(message))
    attempt(() => this.#metrics.acquired(message))
    this.#end(this.#waiting, message)
  }

  readonly #holdBegins = (told: unknown): void => {
    this.#begin('ormutex.hold', this.#holding, told as HoldMessage)
  }

  readonly #holdEnds = (told: unknown): void => {
    const message = told as HoldMessage
    if (!this.#holding.has(message)) return
    attempt(() => this.#metrics.held(message))
    this.#end(this.#holding, message)
  }

  #begin<M extends AcquireMessage | HoldMessage>(name: string, spans: Map<M, Span | undefined>, message: M): void {
    // Known in any case: its end is told to the metrics, too.
    spans.set(message, undefined)
    attempt(() => {
      const tracer = (this.#tracerProvider ?? trace).getTracer(NAME, VERSION)
      spans.set(message, beginSpan(name, message, tracer, this.#config))
    })
  }

  #end<M extends AcquireMessage | HoldMessage>(spans: Map<M, Span | undefined>, message: M): void {
    const span = spans.get(message)
    spans.delete(message)
    if (span !== undefined) attempt(() => endSpan(span, message, this.#config))
  }
}

/**
 * A subscriber that throws would end the process: what goes wrong in telling of locks goes to OpenTelemetry's own log. Each thing by
 * itself: a span that fails must not leave a waiter counted for ever.
 */
function attempt(tell: () => void): void {
  try {
    tell()
  } catch (error) {
    diag.error(`${NAME} failed`, error)
  }
}
