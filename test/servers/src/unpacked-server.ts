import { readdir } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Flavour } from './flavour.js'
import { serverEnvironment, type Installation } from './installation.js'
import { run } from './run.js'

/** The dynamic loader's name differs by architecture: ld-linux-x86-64.so.2, ld-linux-aarch64.so.1, ld64.so.1. */
const LOADER = /^ld(-linux[^/]*|64)\.so\.\d+$/

const LIBRARY_FOLDERS = ['usr/lib', 'lib', 'usr/lib64', 'lib64']

interface Loader {
  file: string
  /** Where the libraries are that belong to it, as paths under the same root. */
  libraryFolders: string[]
}

/**
 * Looks where the architecture's libraries are instead of knowing its name. A link to the loader would not do: in an
 * unpacked tree an absolute one leads to the machine's own.
 */
export async function findLoader(root: string): Promise<Loader | undefined> {
  for (const parent of LIBRARY_FOLDERS) {
    const inside = await readdir(join(root, parent), { withFileTypes: true }).catch(() => [])
    const folders = inside.filter((entry) => entry.isDirectory()).map(({ name }) => name)
    for (const folder of ['', ...folders]) {
      const entries = await readdir(join(root, parent, folder), { withFileTypes: true }).catch(() => [])
      const loader = entries.find((entry) => entry.isFile() && LOADER.test(entry.name))
      if (loader === undefined) continue
      const libraryFolders = LIBRARY_FOLDERS.map((base) => join(root, base, folder)).filter((path) => existsSync(path))
      return { file: join(root, parent, folder, loader.name), libraryFolders }
    }
  }
  return undefined
}

/** A server in a tree of unpacked packages runs on the libc of that tree: the machine's own may be older. */
export async function unpackedServer(flavour: Flavour, root: string): Promise<Installation> {
  const loader = await findLoader(root)
  if (loader === undefined) throw new Error(`no dynamic loader in ${root}`)
  const usr = join(root, 'usr')
  const names = flavour === 'mysql' ? ['mysqld'] : ['mariadbd', 'mysqld']
  const program = names.map((name) => join(usr, 'sbin', name)).find((file) => existsSync(file))
  if (program === undefined) throw new Error(`no ${names.join(' or ')} in ${join(usr, 'sbin')}`)

  const plugins = loader.libraryFolders
    .flatMap((folder) => ['mysql/plugin', 'mariadb/plugin', 'mariadb19/plugin'].map((place) => join(folder, place)))
    .concat(['lib/mysql/plugin', 'lib/mariadb/plugin'].map((place) => join(usr, place)))
    .find((folder) => existsSync(folder))
  const shareFolders = ['mysql', 'mariadb'].map((name) => join(usr, 'share', name)).filter((path) => existsSync(path))
  const messages = shareFolders.find((folder) => existsSync(join(folder, 'english', 'errmsg.sys')))
  const commandArguments = ['--inhibit-cache', '--library-path', loader.libraryFolders.join(':'), program]
  return {
    flavour,
    version: (
      await run(loader.file, [...commandArguments, '--no-defaults', '--version'], {
        env: serverEnvironment(),
      })
    ).trim(),
    command: loader.file,
    commandArguments,
    placeArguments: [
      `--basedir=${usr}`,
      ...(messages === undefined ? [] : [`--lc-messages-dir=${messages}`]),
      ...(plugins === undefined ? [] : [`--plugin-dir=${plugins}`]),
    ],
    shareFolders,
  }
}
