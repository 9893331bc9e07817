import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** What is measured, or measured with. */
const PACKAGES = [
  'mysql2',
  'knex',
  'sequelize',
  '@prisma/client',
  '@prisma/adapter-mariadb',
  '@verrou/core',
  'redlock',
  'redis-semaphore',
  'ioredis',
  'pg',
]

/** The versions of Node and of every library, by name. */
export function libraryVersions(): Record<string, string> {
  const installed = PACKAGES.map((name) => [name, versionOf(name)] as const)
  return { node: process.versions.node, ...Object.fromEntries(installed) }
}

/** Not every package exports its own package.json, so it is looked for where this package has it installed. */
function versionOf(name: string): string {
  const file = fileURLToPath(new URL(`../node_modules/${name}/package.json`, import.meta.url))
  const { version } = JSON.parse(readFileSync(file, 'utf8')) as { version: string }
  return version.replace(/^v/, '')
}
