import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { FreshProject } from './fresh-project.js'
import type { Versions } from './ends.js'
import { pinnedVersion } from './workspace.js'

/** Types that packages leave to those who use them. */
export const TYPES: Versions = {
  '@types/node': pinnedVersion('@types/node', '.'),
  '@types/validator': pinnedVersion('@types/validator', 'packages/sequelize'),
}

/** The compilers, and what they are called in a fresh project that has several. */
export const COMPILERS: Versions = {
  'typescript-5.4': 'npm:typescript@5.4.5',
  'typescript-5.8': 'npm:typescript@5.8.3',
  'typescript-5.9': 'npm:typescript@5.9.3',
  'typescript-7': `npm:typescript@${pinnedVersion('typescript', '.')}`,
}

export interface Compilation {
  readonly compiler: string
  /** How modules are found: as Node does, or as bundlers do. */
  readonly modules: 'nodenext' | 'bundler'
  /** A folder of the project. */
  readonly folder: 'typescript' | 'typescript-commonjs' | 'typescript-names'
}

export interface Compiled {
  /** What the compiler has to say, a line for each mistake. */
  readonly mistakes: readonly string[]
  /** What it has made, in the project. */
  readonly script: string
}

/** Compiles the TypeScript of a fresh project as strictly as can be, with the declarations of every package checked, too. */
export async function compile(project: FreshProject, { compiler, modules, folder }: Compilation): Promise<Compiled> {
  const name = `${compiler}-${modules}`
  const outDir = join(folder, 'out', name)
  const config = join(folder, `tsconfig.${name}.json`)
  project.writeJson(config, {
    compilerOptions: {
      target: 'es2022',
      lib: ['es2023'],
      ...(modules === 'nodenext' ? { module: 'nodenext' } : { module: 'esnext', moduleResolution: 'bundler' }),
      types: ['node'],
      strict: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      verbatimModuleSyntax: folder !== 'typescript-commonjs',
      skipLibCheck: false,
      rootDir: '.',
      outDir: join('out', name),
    },
    files: ['locks.ts'],
  })
  const tsc = join('node_modules', compiler, 'bin', 'tsc')
  // A compiler that finds mistakes ends with 1 or 2, and with what is looked at here.
  const output = await project.run('sh', ['-c', `"$0" ${tsc} -p ${config} --pretty false || true`, process.execPath])
  const script = join(outDir, 'locks.js')
  if (!existsSync(join(project.folder, script))) throw new Error(`${compiler} has made nothing: ${output}`)
  return { mistakes: output.split('\n').filter((line) => / error TS\d+: /.test(line)), script }
}

/** Of the newest versions of the peers: Sequelize's declarations are wrong in themselves with exactOptionalPropertyTypes. */
const OF_SEQUELIZE = /^node_modules\/sequelize\//

/** Of any: older declarations of others were not made for this compiler. */
const OF_OTHERS = /^node_modules\/(?!@ormutex\/|ormutex\/)/

/** Mistakes that are not those of another package's own declarations, which `skipLibCheck` is for. */
export function ours(mistakes: readonly string[], peers: 'newest' | 'any' = 'newest'): string[] {
  return mistakes.filter((line) => !(peers === 'newest' ? OF_SEQUELIZE : OF_OTHERS).test(line))
}
