import { type Flavour, FLAVOURS } from '@ormutex-test/servers'
import { conformance, type Harness } from '@ormutex/testkit'
import { databaseEnvironment } from './database-environment.js'

/** Above the suite's own limit for a case, which tells more when it is reached; fetching a server may take minutes. */
const MOCHA_TIMEOUT_MS = 10 * 60_000

/** Declares the conformance suite for an adapter, on both servers by default. `harnessUrl` is the module that exports `harness`. */
export function databaseConformance<Tx>(
  harness: Harness<Tx>,
  harnessUrl: URL,
  flavours: readonly Flavour[] = FLAVOURS,
): void {
  for (const flavour of flavours) {
    describe(`on ${flavour}`, function () {
      this.timeout(MOCHA_TIMEOUT_MS)
      this.slow(5_000)
      conformance({
        harness,
        runner: { describe, it, before, after },
        environment: () => databaseEnvironment(flavour, harnessUrl),
      })
    })
  }
}
