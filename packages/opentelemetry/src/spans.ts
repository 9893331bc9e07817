import {
  context,
  isSpanContextValid,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
  type Tracer,
} from '@opentelemetry/api'
import type { AcquireMessage, HoldMessage } from '@ormutex/core'
import { beginningOf, endingOf, errorTypeOf } from './attributes.js'
import type { CheckedConfig } from './config.js'

/**
 * Begins a span, in which everything runs that is traced; `undefined` where there is to be none. Of the kind INTERNAL: most of a wait or
 * a hold happens in this process, and the statements in it are the driver's spans, of the kind CLIENT.
 */
export function beginSpan(
  name: string,
  message: AcquireMessage | HoldMessage,
  tracer: Tracer,
  config: CheckedConfig,
): Span | undefined {
  const around = context.active()
  const parent = trace.getSpanContext(around)
  if (config.requireParentSpan && (parent === undefined || !isSpanContextValid(parent))) return undefined
  const attributes = beginningOf(message, config.recordNames)
  const span = tracer.startSpan(name, { kind: SpanKind.INTERNAL, attributes }, around)
  const inside = trace.setSpan(around, span)
  message.around((work) => context.with(inside, work))
  return span
}

/** Ends a span with what has come of it. */
export function endSpan(span: Span, message: AcquireMessage | HoldMessage, config: CheckedConfig): void {
  if (span.isRecording()) {
    span.setAttributes(endingOf(message))
    const type = errorTypeOf(message)
    if (type !== undefined) tellError(span, type, message, config)
  }
  span.end()
}

/** Messages of ormutex's errors quote names, and those of all others whatever their makers put there: Knex's the values of a statement. */
function tellError(
  span: Span,
  type: string,
  { error, code }: AcquireMessage | HoldMessage,
  config: CheckedConfig,
): void {
  if (config.recordNames && code !== undefined) {
    const told = error as Error
    span.recordException(told)
    span.setStatus({ code: SpanStatusCode.ERROR, message: told.message })
  } else {
    span.recordException({ code: type })
    span.setStatus({ code: SpanStatusCode.ERROR, message: type })
  }
}
