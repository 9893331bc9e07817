// Of OpenTelemetry's Node SDK, what pages use: whether it takes our instrumentation. The package itself brings sixty others, and the
// exporter goes into it without ours.
declare module '@opentelemetry/sdk-node' {
  export class NodeSDK {
    constructor(configuration: {
      readonly metricReaders?: import('@opentelemetry/sdk-metrics').MetricReader[]
      readonly instrumentations: import('@opentelemetry/instrumentation').Instrumentation[]
    })
    start(): void
  }
}

declare module '@opentelemetry/exporter-prometheus' {
  import { MetricReader } from '@opentelemetry/sdk-metrics'
  export class PrometheusExporter extends MetricReader {
    protected onForceFlush(): Promise<void>
    protected onShutdown(): Promise<void>
  }
}
