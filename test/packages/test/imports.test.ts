import assert from 'node:assert/strict'
import { build } from 'esbuild'
import { publicPackages } from '@ormutex-test/packages/workspace'
import { newestProject } from './shared-projects.js'

/** What can be imported, by its specifier. */
const ENTRIES = publicPackages().flatMap(({ manifest: { name, exports, bin } }) => {
  const entries = Object.keys(exports ?? {}).filter((entry) => entry !== './package.json')
  return bin === undefined ? entries.map((entry) => name + entry.slice(1)) : []
})

describe('Importing', () => {
  before(async function () {
    this.timeout(120_000)
    await newestProject()
  })

  it('changes nothing, opens nothing, and lets the process end', async () => {
    const project = await newestProject()
    const told = JSON.parse(await project.run(process.execPath, ['effects.mjs', ...ENTRIES])) as Record<string, unknown>
    assert.deepEqual(told, { imported: ENTRIES.length, changed: [] })
  })

  for (const entry of ENTRIES) {
    it(`leaves nothing of ${entry} in a bundle that does not use it`, async () => {
      assert.equal(await bundle(`import * as all from ${JSON.stringify(entry)}`), '')
    })
  }

  it('brings the errors alone to who uses the errors alone', async () => {
    const text = await bundle("import { LockTimeoutError } from '@ormutex/knex'\nconsole.log(LockTimeoutError)")
    assert.match(text, /LOCK_TIMEOUT/)
    assert.doesNotMatch(text, /GET_LOCK|SqlBackend|LockEngine/)
  })

  async function bundle(contents: string): Promise<string> {
    const { folder } = await newestProject()
    const { outputFiles } = await build({
      stdin: { contents, resolveDir: folder },
      bundle: true,
      format: 'esm',
      platform: 'node',
      treeShaking: true,
      write: false,
      logLevel: 'silent',
    })
    return outputFiles[0]!.text
  }
})
