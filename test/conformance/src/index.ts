export { databaseConformance } from './database-conformance.js'
export { databaseEnvironment } from './database-environment.js'
