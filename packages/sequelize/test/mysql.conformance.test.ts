import { databaseConformance } from '@ormutex-test/conformance'
import { harness } from './mysql-harness.js'

databaseConformance(harness, new URL('./mysql-harness.js', import.meta.url))
