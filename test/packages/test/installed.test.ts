import assert from 'node:assert/strict'
import { sharedServer } from '@ormutex-test/servers'
import type { FreshProject } from '@ormutex-test/packages/fresh-project'
import { countersOn, faultsOf, type Loader, prove, PROVERS } from '@ormutex-test/packages/proving'
import { type Compilation, compile, ours } from '@ormutex-test/packages/typescript'
import { newestProject, oldestProject } from './shared-projects.js'

// What is left out here runs with `npm run packages`.
describe('Installed in a fresh project', () => {
  const proves = (title: string, flavour: 'mysql' | 'mariadb', find: () => Promise<FreshProject>, loader: Loader) => {
    it(title, async function () {
      this.timeout(120_000)
      const [project, server] = await Promise.all([find(), sharedServer(flavour)])
      assert.equal(faultsOf(await prove(project, server, loader)), '')
    })
  }

  proves('everything has its locks as ES modules', 'mysql', newestProject, 'esm.mjs')
  proves('everything has its locks with require()', 'mariadb', newestProject, 'commonjs.cjs')
  proves('everything has its locks with the oldest versions of its peers', 'mysql', oldestProject, 'esm.mjs')

  const compiles = (title: string, compilation: Compilation) => {
    it(title, async function () {
      this.timeout(120_000)
      const [project, server] = await Promise.all([newestProject(), sharedServer('mysql')])
      const { mistakes, script } = await compile(project, compilation)
      assert.deepEqual(ours(mistakes), [])
      const url = await countersOn(server, [...PROVERS, 'sequelize'])
      assert.equal(await project.run(process.execPath, [script], { DATABASE_URL: url }), 'proven')
    })
  }

  compiles('TypeScript 5.4 with module nodenext compiles what then has its locks', {
    compiler: 'typescript-5.4',
    modules: 'nodenext',
    folder: 'typescript',
  })
  compiles('TypeScript 7 with moduleResolution bundler compiles what then has its locks', {
    compiler: 'typescript-7',
    modules: 'bundler',
    folder: 'typescript',
  })
  compiles('TypeScript 7 compiles CommonJS that then has its locks', {
    compiler: 'typescript-7',
    modules: 'nodenext',
    folder: 'typescript-commonjs',
  })
})
