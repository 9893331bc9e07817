import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { endsOfRanges, type Versions } from '@ormutex-test/packages/ends'
import { FreshProject } from '@ormutex-test/packages/fresh-project'
import { packAll, type Tarballs } from '@ormutex-test/packages/pack'
import { COMPILERS, TYPES } from '@ormutex-test/packages/typescript'
import { pinnedVersion } from '@ormutex-test/packages/workspace'

/** Where the workspace itself has the peers, in the newest versions that it was built with. */
const PINNED_IN: Readonly<Record<string, string>> = {
  '@opentelemetry/api': 'packages/opentelemetry',
  '@prisma/adapter-mariadb': 'test/prisma-7',
  '@prisma/client': 'test/prisma-7',
  knex: 'packages/knex',
  mariadb: 'packages/sequelize',
  mysql2: 'packages/mysql2',
  prisma: 'test/prisma-7',
  sequelize: 'packages/sequelize',
}

let tarballs: Promise<Tarballs> | undefined
const projects = new Map<string, Promise<FreshProject>>()

/** What a release would publish. */
export function releasedTarballs(): Promise<Tarballs> {
  return (tarballs ??= packAll(removedAtExit(mkdtempSync(join(tmpdir(), 'ormutex-tarballs-')))))
}

/** A fresh project with the versions that this workspace works with: a test run is not to change with what others publish. */
export function newestProject(): Promise<FreshProject> {
  const peers = Object.entries(PINNED_IN).map(([name, folder]) => [name, pinnedVersion(name, folder)])
  return project('newest', { ...Object.fromEntries(peers), ...TYPES, ...COMPILERS })
}

/** A fresh project with the oldest versions that the packages admit. */
export function oldestProject(): Promise<FreshProject> {
  return project('oldest', endsOfRanges()[0]!)
}

function project(key: string, dependencies: Versions): Promise<FreshProject> {
  let created = projects.get(key)
  if (created === undefined) {
    created = releasedTarballs().then((files) => FreshProject.create(files, { dependencies }))
    void created.then(({ folder }) => removedAtExit(folder))
    projects.set(key, created)
  }
  return created
}

function removedAtExit(folder: string): string {
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  return folder
}
