import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { publicPackages, readManifest } from '@ormutex-test/packages/workspace'
import { newestProject, releasedTarballs } from './shared-projects.js'

/** What every package of a release has besides what its manifest names. */
const ALWAYS = ['LICENSE', 'README.md', 'package.json']

/** What `exports` asks of resolvers that know no `exports`, or cannot load ES modules: they are not for them, as the READMEs say. */
const NOT_FOR = ['node10', 'node16-cjs']

/** All that the packages bring with them, and what for. */
const DEPENDENCIES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  '@ormutex/core': {},
  '@ormutex/knex': { '@ormutex/core': 'the lock itself' },
  '@ormutex/mysql2': { '@ormutex/core': 'the lock itself' },
  '@ormutex/opentelemetry': { '@ormutex/core': 'the channels on which locks are told of' },
  '@ormutex/prisma': { '@ormutex/core': 'the lock itself' },
  '@ormutex/sequelize': { '@ormutex/core': 'the lock itself' },
  '@ormutex/testkit': { '@ormutex/core': 'the contract that the suite is about' },
  ormutex: {
    '@ormutex/core': 'durations, keys, errors, and the survey behind ls',
    '@ormutex/mysql2': 'the locks that run takes',
    commander: 'commands, options, --help; has no dependencies',
    ms: 'durations as people write them, 10m; has no dependencies',
    mysql2: 'the driver: nobody who installs a command is to install one for it',
    picocolors: 'colours, and none where nobody sees them; has no dependencies',
    'string-width': 'columns of tables with names in any script',
  },
}

for (const { folder, manifest: source } of publicPackages()) {
  describe(`The tarball of ${source.name}`, () => {
    let installed: string

    before(async function () {
      this.timeout(120_000)
      installed = (await newestProject()).packageFolder(source.name)
    })

    it('holds what was built from its sources, and nothing else', () => {
      const built = filesIn(join(folder, 'src')).flatMap((file) => {
        const stem = `dist/${file.replace(/\.ts$/, '')}`
        const isProgram = source.bin !== undefined
        return [`${stem}.js`, `${stem}.js.map`, ...(isProgram ? [] : [`${stem}.d.ts`])]
      })
      const programs = Object.values(source.bin ?? {}).map((file) => file.replace(/^\.\//, ''))
      const expected = [...ALWAYS, ...built, ...programs].toSorted()
      assert.deepEqual(
        filesIn(installed).filter((file) => !file.startsWith('node_modules/')),
        expected,
      )
    })

    it('has maps that hold their sources, which are not shipped', () => {
      const maps = filesIn(join(installed, 'dist')).filter((file) => file.endsWith('.map'))
      assert.ok(maps.length > 0)
      for (const file of maps) {
        const { sources, sourcesContent } = JSON.parse(readFileSync(join(installed, 'dist', file), 'utf8')) as {
          sources: string[]
          sourcesContent?: (string | null)[]
        }
        assert.equal(sourcesContent?.length, sources.length, file)
        for (const [index, path] of sources.entries()) {
          assert.match(path, /^(?:\.\.\/)+src\//)
          assert.equal(sourcesContent[index], readFileSync(join(folder, path.replace(/^(?:\.\.\/)+/, '')), 'utf8'))
        }
      }
    })

    it('says what it is, what for, and where it runs', () => {
      const manifest = readManifest(installed)
      assert.equal(manifest.type, 'module')
      assert.equal(manifest.license, 'MIT')
      assert.ok((manifest.description ?? '').length > 30)
      assert.ok((manifest.keywords ?? []).includes('mysql'))
      assert.deepEqual(manifest.engines, { node: '^20.19.0 || >=22.12.0' })
      assert.equal(manifest.exports?.['./package.json'], './package.json')
      assert.equal(manifest.sideEffects, source.bin === undefined ? false : undefined)
      assert.deepEqual(manifest.publishConfig, { access: 'public' })
    })

    it('wants nothing that only this workspace has', () => {
      const manifest = readManifest(installed)
      assert.equal(manifest.devDependencies, undefined)
      assert.doesNotMatch(readFileSync(join(installed, 'package.json'), 'utf8'), /workspace:|catalog:|file:|link:/)
      const names = new Set(publicPackages().map((each) => each.manifest.name))
      for (const [name, range] of Object.entries(manifest.dependencies ?? {})) {
        if (name.includes('ormutex')) assert.ok(names.has(name) && range === `^${manifest.version}`, `${name} ${range}`)
      }
    })

    it('brings only what is earned', () => {
      assert.deepEqual(
        Object.keys(readManifest(installed).dependencies ?? {}).toSorted(),
        Object.keys(DEPENDENCIES[source.name]!).toSorted(),
      )
    })

    it('has a README without links that npm could not follow', () => {
      const readme = readFileSync(join(installed, 'README.md'), 'utf8')
      const targets = [...readme.matchAll(/\]\(([^)]+)\)/g)].map(([, target]) => target!)
      assert.deepEqual(
        targets.filter((target) => !/^(?:https:|#)/.test(target)),
        [],
      )
      assert.match(readme, /npm install|npx ormutex/)
    })

    it('is as package.json says: publint has nothing to remark', async () => {
      const tarball = readFileSync((await releasedTarballs()).get(source.name)!)
      const { messages, pkg } = await publint({ pack: { tarball: new Uint8Array(tarball).buffer }, strict: true })
      assert.deepEqual(
        messages.map((message) => formatMessage(message, pkg)),
        [],
      )
    })

    // A command has no types.
    if (source.bin !== undefined) return

    it('has types for everything that can be imported: attw has nothing to remark for ES modules', async function () {
      this.timeout(60_000)
      const tarball = readFileSync((await releasedTarballs()).get(source.name)!)
      const result = await checkPackage(createPackageFromTarballData(tarball))
      assert.ok(result.types !== false)
      const problems = result.problems.filter(
        (problem) => !('resolutionKind' in problem) || !NOT_FOR.includes(problem.resolutionKind),
      )
      assert.deepEqual(problems, [])
    })
  })
}

/** Paths of every file in a folder, sorted. */
function filesIn(folder: string): string[] {
  if (!existsSync(folder)) return []
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile())
  return files.map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1)).toSorted()
}
