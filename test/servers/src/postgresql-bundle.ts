import { existsSync } from 'node:fs'
import { chmod, copyFile, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { serverEnvironment } from './installation.js'
import { findLoader, loaderArguments, type Loader } from './loader.js'
import { run } from './run.js'

const PROGRAMS = ['postgres', 'initdb']

/** Up to glibc 2.33 opened by name, when a server looks up its account, and so in no program's list of libraries. */
const OPENED_BY_NAME = ['libnss_files.so.2']

/**
 * `initdb` starts the `postgres` beside it by itself, and that one has to run on the libc of the tree as well. PostgreSQL
 * finds its other files from where its program is, and here the program is the `.elf`.
 */
const SCRIPT = `#!/bin/sh
libraries=\${0%/*}/../../../../libraries
exec "$libraries/ld.so" ${loaderArguments({ libraryFolders: ['"$libraries"'] }).join(' ')} "$0.elf" "$@"
`

/**
 * Makes of a tree of unpacked packages one folder that runs wherever it is copied to. It has a fifth of the tree's size:
 * the compiler of PostgreSQL's JIT is not in it, so that the server does without its JIT.
 */
export async function bundlePostgresql(root: string): Promise<void> {
  const loader = await findLoader(root)
  const bundle = bundleOf(root)
  const libraries = join(bundle, 'libraries')
  for (const place of ['lib', 'share']) await mkdir(join(bundle, place), { recursive: true })
  await mkdir(libraries)
  await rename(join(root, 'usr/lib/postgresql'), join(bundle, 'lib/postgresql'))
  await rename(join(root, 'usr/share/postgresql'), join(bundle, 'share/postgresql'))

  const bin = await programFolder(root)
  const modules = join(bin, '../lib')
  await keepOnly(bin, (name) => PROGRAMS.includes(name))
  await keepOnly(modules, (name) => name.endsWith('.so') && !name.startsWith('llvmjit'))
  for (const name of await readdir(modules)) await copyLibraries(loader, join(modules, name), libraries)
  for (const name of PROGRAMS) {
    const program = join(bin, name)
    await copyLibraries(loader, program, libraries)
    await rename(program, `${program}.elf`)
    await writeFile(program, SCRIPT)
    await chmod(program, 0o755)
  }
  for (const name of OPENED_BY_NAME) {
    const file = loader.libraryFolders.map((folder) => join(folder, name)).find((path) => existsSync(path))
    if (file !== undefined) await copyFile(file, join(libraries, name))
  }
  await copyFile(loader.file, join(libraries, 'ld.so'))
  await keepOnly(root, (name) => join(root, name) === bundle)
}

export const bundleOf = (root: string) => join(root, 'bundle')

/** Where the bundle's programs are, whose path has the version in it. */
export async function programFolder(root: string): Promise<string> {
  const versions = join(bundleOf(root), 'lib/postgresql')
  const [version] = await readdir(versions)
  if (version === undefined) throw new Error(`no version of PostgreSQL in ${versions}`)
  return join(versions, version, 'bin')
}

async function keepOnly(folder: string, isKept: (name: string) => boolean): Promise<void> {
  const others = (await readdir(folder)).filter((name) => !isKept(name))
  await Promise.all(others.map((name) => rm(join(folder, name), { recursive: true })))
}

/** By the names that programs ask for, which in the tree are links. */
async function copyLibraries(loader: Loader, file: string, target: string): Promise<void> {
  const list = await run(loader.file, [...loaderArguments(loader), '--list', file], { env: serverEnvironment() })
  for (const [, name = '', path = ''] of list.matchAll(/^\s*([^\s/]+) => (\S.*) \(0x[0-9a-f]+\)$/gm)) {
    await copyFile(path, join(target, name))
  }
}
