import { databaseConformance } from '@ormutex-test/conformance'
import { harness } from './prisma-7-lockable-harness.js'

databaseConformance(harness, new URL('./prisma-7-lockable-harness.js', import.meta.url))
