// Of OpenTelemetry's Node SDK, what pages use: whether it takes our instrumentation. The package itself brings sixty others.
declare module '@opentelemetry/sdk-node' {
  export class NodeSDK {
    constructor(configuration: {
      readonly instrumentations: import('@opentelemetry/instrumentation').Instrumentation[]
    })
    start(): void
  }
}
