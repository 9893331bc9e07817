import type { ServerFacts } from '@ormutex/core/sql'

/** A single MySQL server that takes writes, but for what a test says. */
export function factsOf(different: Partial<ServerFacts> = {}): ServerFacts {
  return {
    version: '9.7.4',
    versionNumbers: [9, 7, 4],
    flavour: 'mysql',
    product: 'MySQL',
    database: 'shop',
    connectionId: '12',
    readOnly: false,
    superReadOnly: false,
    innodbReadOnly: false,
    maxStatementTimeSeconds: 0,
    waitTimeoutSeconds: 28_800,
    galera: null,
    groupReplication: null,
    ...different,
  }
}
