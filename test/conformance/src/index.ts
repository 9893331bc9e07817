export { commonJsOutput } from './commonjs-output.js'
export { databaseConformance } from './database-conformance.js'
export { databaseEnvironment } from './database-environment.js'
