import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Versions } from './ends.js'
import type { FreshProject } from './fresh-project.js'
import { ROOT } from './workspace.js'

/** What a project with Jest has installed. */
export const JEST: Versions = { jest: '^30.0.0', '@babel/preset-env': '^7.0.0' }

/** Runs a test in CommonJS with the configuration that the READMEs give. */
export async function runJest(project: FreshProject, url: string): Promise<void> {
  const readme = readFileSync(join(ROOT, 'packages/knex/README.md'), 'utf8')
  const config = /```js\n(\/\/ jest\.config\.js\n[^`]*)```/.exec(readme)?.[1]
  if (config === undefined) throw new Error('The README of @ormutex/knex has no jest.config.js')
  project.write('jest/jest.config.js', config)
  await project.run('node_modules/.bin/jest', ['--rootDir', 'jest', '--config', 'jest/jest.config.js'], {
    DATABASE_URL: url,
  })
}
