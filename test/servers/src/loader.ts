import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'

/** The dynamic loader's name differs by architecture: ld-linux-x86-64.so.2, ld-linux-aarch64.so.1, ld64.so.1. */
const LOADER = /^ld(-linux[^/]*|64)\.so\.\d+$/

const LIBRARY_FOLDERS = ['usr/lib', 'lib', 'usr/lib64', 'lib64']

export interface Loader {
  file: string
  /** Where the libraries are that belong to it, as paths under the same root. */
  libraryFolders: string[]
}

/**
 * Looks where the architecture's libraries are instead of knowing its name. A link to the loader would not do: in an
 * unpacked tree an absolute one leads to the machine's own.
 */
export async function findLoader(root: string): Promise<Loader> {
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
  throw new Error(`no dynamic loader in ${root}`)
}

/** What comes before a program and its arguments when the loader runs it. */
export function loaderArguments({ libraryFolders }: Pick<Loader, 'libraryFolders'>): string[] {
  return ['--inhibit-cache', '--library-path', libraryFolders.join(':')]
}
