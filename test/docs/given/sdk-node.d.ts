// Of OpenTelemetry's Node SDK, what pages use: whether it takes our instrumentation. The package itself brings sixty others, and the
// exporter goes into it without ours.
declare module '@opentelemetry/sdk-node' {
  export class NodeSDK {
    constructor(configuration: {
      readonly metricReaders?: import('@opentelemetry/exporter-prometheus').PrometheusExporter[]
      readonly instrumentations: import('@opentelemetry/instrumentation').Instrumentation[]
    })
    start(): void
  }
}

declare module '@opentelemetry/exporter-prometheus' {
  export const PrometheusExporter: new () => object
}
