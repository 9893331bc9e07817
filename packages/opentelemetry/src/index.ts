export { type OrmutexInstrumentationConfig } from './config.js'
export { hashOfKey } from './attributes.js'
export { OrmutexInstrumentation } from './instrumentation.js'
