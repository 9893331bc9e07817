import { databaseConformance } from '@ormutex-test/conformance'
import { harness } from './harness.js'

databaseConformance(harness, new URL('./harness.js', import.meta.url))
