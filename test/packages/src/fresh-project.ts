import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run } from '@ormutex-test/servers/run'
import type { Versions } from './ends.js'
import type { Tarballs } from './pack.js'
import { prismaSchema } from './prisma-schema.js'
import { pnpmVersion, PROJECTS, readManifest } from './workspace.js'

/**
 * What the environment tells of another project: of its Prisma, with which other clients would be made, or none would begin; and of its
 * modules, since pnpm has programs such as mocha look for whatever any package of the workspace depends on.
 */
const UNSAID = Object.fromEntries(
  Object.keys(process.env)
    .filter((name) => name === 'NODE_PATH' || name.startsWith('PRISMA_'))
    .map((name) => [name, undefined]),
)

/**
 * Prisma's CLI looks for its engines, and downloads what it does not find, even to generate clients that use none. Any file that is
 * there will do.
 */
const NO_ENGINES = {
  PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
  PRISMA_QUERY_ENGINE_LIBRARY: process.execPath,
  PRISMA_HIDE_UPDATE_MESSAGE: '1',
  CHECKPOINT_DISABLE: '1',
}

export interface ProjectOptions {
  /** Besides the tarballs. */
  readonly dependencies: Versions
  /** npm is what most users have; pnpm takes a tenth of the time. @default 'pnpm' */
  readonly installer?: 'npm' | 'pnpm'
}

/** A project as a user begins it: an empty folder outside the workspace, in which packages are installed. */
export class FreshProject {
  readonly folder = mkdtempSync(join(tmpdir(), 'ormutex-project-'))

  private constructor() {}

  /** Installs every tarball and what else is wanted. */
  static async create(tarballs: Tarballs, { dependencies, installer = 'pnpm' }: ProjectOptions): Promise<FreshProject> {
    const project = new FreshProject()
    try {
      cpSync(PROJECTS, project.folder, { recursive: true })
      project.writeJson('package.json', { private: true, dependencies: { ...filesOf(tarballs), ...dependencies } })
      await (installer === 'npm' ? project.#installWithNpm() : project.#installWithPnpm(tarballs))
      if (dependencies['prisma'] !== undefined) await project.#generateClients()
      return project
    } catch (error) {
      project.remove()
      throw error
    }
  }

  /** Where an installed package is. */
  packageFolder(name: string): string {
    return join(this.folder, 'node_modules', name)
  }

  versionOf(name: string): string {
    return readManifest(this.packageFolder(name)).version
  }

  /** Makes a file of the project's own. */
  write(path: string, content: string): void {
    const file = join(this.folder, path)
    mkdirSync(join(file, '..'), { recursive: true })
    writeFileSync(file, content)
  }

  writeJson(path: string, content: unknown): void {
    this.write(path, JSON.stringify(content, null, 2))
  }

  /** Runs a program in the project and gives what it prints. */
  run(command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<string> {
    return run(command, args, { cwd: this.folder, env: { ...process.env, ...UNSAID, ...env } })
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true })
  }

  async #installWithNpm(): Promise<void> {
    await this.run('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts'])
  }

  async #installWithPnpm(tarballs: Tarballs): Promise<void> {
    // JSON is YAML. Hoisted is how npm lays packages out.
    this.writeJson('pnpm-workspace.yaml', {
      packages: [],
      nodeLinker: 'hoisted',
      // The packages want each other from the registry, where this version is not yet.
      overrides: filesOf(tarballs),
      // What packages would download or build when they are installed is not needed here.
      strictDepBuilds: false,
    })
    await this.run('npx', ['--yes', `pnpm@${pnpmVersion()}`, 'install', '--prefer-offline', '--reporter=append-only'])
  }

  async #generateClients(): Promise<void> {
    const [major] = this.versionOf('prisma').split('.')
    this.write('schema.prisma', prismaSchema(Number(major)))
    await this.run('node_modules/.bin/prisma', ['generate', '--schema', 'schema.prisma', '--no-hints'], NO_ENGINES)
  }
}

function filesOf(tarballs: Tarballs): Versions {
  return Object.fromEntries([...tarballs].map(([name, file]) => [name, `file:${file}`]))
}
