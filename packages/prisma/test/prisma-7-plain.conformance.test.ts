import { databaseConformance } from '@ormutex-test/conformance'
import { harness } from './prisma-7-plain-harness.js'

databaseConformance(harness, new URL('./prisma-7-plain-harness.js', import.meta.url))
