import { databaseConformance } from '@ormutex-test/conformance'
import { harness } from './mariadb-harness.js'

databaseConformance(harness, new URL('./mariadb-harness.js', import.meta.url))
