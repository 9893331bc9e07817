import { conformance } from '@ormutex/testkit'
import { harness } from './memory-harness.js'

conformance({ harness, runner: { describe, it, before, after } })
