import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

/** Folders of packages, and folders that are one themselves. */
const GROUPS = ['packages', 'test']
const PACKAGES = ['docs', 'examples', 'examples/mariadb-adapter']

/** The folder of every package of the workspace, seen from its root. */
export function workspaceFolders(root) {
  const grouped = GROUPS.flatMap((group) => readdirSync(join(root, group)).map((name) => join(group, name)))
  return [...grouped, ...PACKAGES].filter((folder) => existsSync(join(root, folder, 'package.json')))
}
