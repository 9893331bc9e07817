import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FLAVOURS, sharedServer } from '@ormutex-test/servers'
import { endsOfRanges, type Versions } from './ends.js'
import { FreshProject } from './fresh-project.js'
import { JEST, runJest } from './jest.js'
import { installNodes } from './nodes.js'
import { packAll, type Tarballs } from './pack.js'
import { countersOn, faultsOf, type Loader, LOADERS, prove, PROVERS } from './proving.js'
import type { Screen } from './screen.js'
import { type Compilation, compile, COMPILERS, ours, TYPES } from './typescript.js'

/** What was tried, and what came of it. */
export interface Result {
  readonly what: string
  readonly how: string
  /** Empty when all is well. */
  readonly fault: string
}

/** Everything that users may have, one after the other: ends of ranges, compilers, versions of Node, npm in place of pnpm. */
export class Matrix {
  readonly results: Result[] = []
  readonly #screen: Screen
  readonly #folder = mkdtempSync(join(tmpdir(), 'ormutex-tarballs-'))

  constructor(screen: Screen) {
    this.#screen = screen
  }

  async run(): Promise<void> {
    try {
      const tarballs = await this.#screen.step('Packing', () => packAll(this.#folder))
      const ends = endsOfRanges()
      const [newest] = ends.slice(-1)
      for (const versions of ends.slice(0, -1)) await this.#atEnd(tarballs, versions)
      await this.#withNpm(tarballs, newest!)
      await this.#atNewest(tarballs, newest!)
    } finally {
      rmSync(this.#folder, { recursive: true, force: true })
    }
  }

  /** With other versions of the peers than the newest. */
  async #atEnd(tarballs: Tarballs, versions: Versions): Promise<void> {
    const compiler = 'typescript-7'
    const dependencies = { ...versions, ...TYPES, [compiler]: COMPILERS[compiler]! }
    await this.#inProject(tarballs, dependencies, 'pnpm', async (project, title) => {
      for (const loader of LOADERS) await this.#prove(project, title, loader)
      await this.#try(title, 'the types, nodenext', async () => {
        const { mistakes } = await compile(project, { compiler, modules: 'nodenext', folder: 'typescript-names' })
        return ours(mistakes, 'any').join('\n')
      })
    })
  }

  async #withNpm(tarballs: Tarballs, versions: Versions): Promise<void> {
    await this.#inProject(tarballs, versions, 'npm', async (project, title) => {
      for (const loader of LOADERS) await this.#prove(project, `npm install; ${title}`, loader)
    })
  }

  async #atNewest(tarballs: Tarballs, versions: Versions): Promise<void> {
    await this.#inProject(
      tarballs,
      { ...versions, ...TYPES, ...COMPILERS, ...JEST },
      'pnpm',
      async (project, title) => {
        for (const loader of LOADERS) await this.#prove(project, title, loader)
        for (const compiler of ['typescript-5.4', 'typescript-5.9', 'typescript-7']) {
          for (const modules of ['nodenext', 'bundler'] as const) {
            await this.#compile(project, { compiler, modules, folder: 'typescript' })
          }
        }
        for (const compiler of ['typescript-5.8', 'typescript-7']) {
          await this.#compile(project, { compiler, modules: 'nodenext', folder: 'typescript-commonjs' })
        }
        await this.#try(`Jest ${project.versionOf('jest')}`, 'require(), mysql', async () => {
          await runJest(project, await countersOn(await sharedServer('mysql'), PROVERS))
          return ''
        })
        const nodes = await this.#screen.step('Getting versions of Node', () => installNodes())
        try {
          for (const program of nodes.programs) {
            const version = (await project.run(program, ['--version'])).trim()
            for (const loader of LOADERS) await this.#prove(project, `Node ${version}`, loader, program)
          }
        } finally {
          nodes.remove()
        }
      },
    )
  }

  async #inProject(
    tarballs: Tarballs,
    dependencies: Versions,
    installer: 'npm' | 'pnpm',
    work: (project: FreshProject, title: string) => Promise<void>,
  ): Promise<void> {
    const project = await this.#screen.step(`Installing with ${installer}`, () =>
      FreshProject.create(tarballs, { dependencies, installer }),
    )
    try {
      const peers = ['knex', 'mysql2', 'sequelize', 'mariadb', '@prisma/client', '@opentelemetry/api']
      await work(project, peers.map((name) => `${name} ${project.versionOf(name)}`).join(', '))
    } finally {
      project.remove()
    }
  }

  async #prove(project: FreshProject, what: string, loader: Loader, node?: string): Promise<void> {
    for (const flavour of FLAVOURS) {
      const server = await sharedServer(flavour)
      const how = `${loader === 'esm.mjs' ? 'import' : 'require()'}, ${flavour}`
      await this.#try(what, how, async () => faultsOf(await prove(project, server, loader, node)))
    }
  }

  async #compile(project: FreshProject, compilation: Compilation): Promise<void> {
    const { compiler, modules, folder } = compilation
    const how = `${modules}, ${folder === 'typescript' ? 'ES modules' : 'CommonJS'}`
    await this.#try(`TypeScript ${project.versionOf(compiler)}`, how, async () => {
      const { mistakes, script } = await compile(project, compilation)
      const server = await sharedServer('mysql')
      const url = await countersOn(server, [...PROVERS, 'sequelize'])
      await project.run(process.execPath, [script], { DATABASE_URL: url })
      return ours(mistakes).join('\n')
    })
  }

  async #try(what: string, how: string, work: () => Promise<string>): Promise<void> {
    const fault = await this.#screen.step(`${what}: ${how}`, () =>
      work().catch((error: unknown) => (error instanceof Error ? error.message : String(error))),
    )
    this.results.push({ what, how, fault })
  }
}
