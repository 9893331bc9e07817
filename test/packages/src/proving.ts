import type { TestServer } from '@ormutex-test/servers'
import { createConnection } from 'mysql2/promise'
import type { FreshProject } from './fresh-project.js'

/** What can show in a fresh project that it works. */
export const PROVERS = [
  'mysql2',
  'knex',
  'sequelize on mysql2',
  'sequelize on mariadb',
  'prisma',
  'memory',
  'opentelemetry',
  'command line',
] as const

export type Prover = (typeof PROVERS)[number]

/** The scripts that load everything: with `import()`, and with `require()`. */
export const LOADERS = ['esm.mjs', 'commonjs.cjs'] as const

export type Loader = (typeof LOADERS)[number]

/** What came of one proof. */
export interface Proof {
  readonly name: string
  /** The stack of the error that it ended with, or null. */
  readonly fault: string | null
  /** Of the process, as far as they come from ormutex. */
  readonly warnings: readonly string[]
}

/** Lets everything that is installed in a fresh project prove a lock, in one process, on a database of its own. */
export async function prove(
  project: FreshProject,
  server: TestServer,
  loader: Loader,
  node: string = process.execPath,
): Promise<Proof[]> {
  const url = await countersOn(server, PROVERS)
  const output = await project.run(node, [loader, ...PROVERS], { DATABASE_URL: url })
  return output.split('\n').map((line) => JSON.parse(line) as Proof)
}

/** A database with a row for each prover. */
export async function countersOn(server: TestServer, provers: readonly string[]): Promise<string> {
  const url = new URL(server.url)
  url.pathname = `/${await server.createDatabase()}`
  const connection = await createConnection(url.href)
  try {
    await connection.query('CREATE TABLE counters (name VARCHAR(191) PRIMARY KEY, value INT NOT NULL)')
    await connection.query('INSERT INTO counters (name, value) VALUES ?', [provers.map((name) => [name, 0])])
  } finally {
    await connection.end()
  }
  return url.href
}

/** What is wrong with some proofs, as text; empty when nothing is. */
export function faultsOf(proofs: readonly Proof[]): string {
  const missing = PROVERS.filter((name) => !proofs.some((proof) => proof.name === name))
  return [
    ...missing.map((name) => `${name}: not proven`),
    ...proofs.filter(({ fault }) => fault !== null).map(({ name, fault }) => `${name}: ${fault}`),
    ...proofs.flatMap(({ name, warnings }) => warnings.map((warning) => `${name} warns: ${warning}`)),
  ].join('\n')
}
