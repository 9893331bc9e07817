import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Where the cases are: programs with marks in comments. */
export const CASES = join(import.meta.dirname, '../cases')

/** The packages of the workspace. */
export const PACKAGES = join(import.meta.dirname, '../../../packages')

/** The declarations that each entry of each package leads to, by the entry: `@ormutex/core/sql`. */
export function entries(): ReadonlyMap<string, string> {
  return new Map(readdirSync(PACKAGES).flatMap(entriesOf))
}

function entriesOf(folder: string): (readonly [string, string])[] {
  const manifest = readFileSync(join(PACKAGES, folder, 'package.json'), 'utf8')
  const { name, exports = {} } = JSON.parse(manifest) as {
    readonly name: string
    readonly exports?: Readonly<Record<string, string | { readonly types: string }>>
  }
  return Object.entries(exports).flatMap(([path, target]) =>
    // What has no types, such as `./package.json`, is no entry.
    typeof target === 'string' ? [] : [[join(name, path), join(PACKAGES, folder, target.types)] as const],
  )
}
