export type { SplittingMode } from './sessions.js'
export { type SplittingProxy, type SplittingProxyOptions, startSplittingProxy } from './splitting-proxy.js'
