import { databaseConformance } from '@ormutex-test/conformance'
import { harness } from './prisma-6-lockable-harness.js'

databaseConformance(harness, new URL('./prisma-6-lockable-harness.js', import.meta.url))
