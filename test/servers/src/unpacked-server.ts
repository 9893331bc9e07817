import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Flavour } from './flavour.js'
import { serverEnvironment, type Installation } from './installation.js'
import { findLoader, loaderArguments } from './loader.js'
import { run } from './run.js'

/** A server in a tree of unpacked packages runs on the libc of that tree: the machine's own may be older. */
export async function unpackedServer(flavour: Flavour, root: string): Promise<Installation> {
  const loader = await findLoader(root)
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
  const commandArguments = [...loaderArguments(loader), program]
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
