import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The repository's root. */
export const ROOT = fileURLToPath(new URL('../../../', import.meta.url))

/** What is copied into fresh projects. */
export const PROJECTS = fileURLToPath(new URL('../projects/', import.meta.url))

export interface Manifest {
  readonly name: string
  readonly version: string
  readonly type?: string
  readonly license?: string
  readonly description?: string
  readonly keywords?: readonly string[]
  readonly sideEffects?: unknown
  readonly exports?: Readonly<Record<string, unknown>>
  readonly bin?: Readonly<Record<string, string>>
  readonly engines?: Readonly<Record<string, string>>
  readonly publishConfig?: Readonly<Record<string, unknown>>
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>
}

export interface PublicPackage {
  /** Of its sources. */
  readonly folder: string
  readonly manifest: Manifest
}

/** Every package that is published: those under `packages/`. */
export function publicPackages(): PublicPackage[] {
  const packages = join(ROOT, 'packages')
  return readdirSync(packages).map((name) => {
    const folder = join(packages, name)
    return { folder, manifest: readManifest(folder) }
  })
}

export function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest
}

/** The version of a package that a folder of the workspace works with. */
export function pinnedVersion(name: string, folder: string): string {
  return readManifest(join(ROOT, folder, 'node_modules', name)).version
}

/** The version of pnpm that the workspace is installed and packed with. */
export function pnpmVersion(): string {
  return (readManifest(ROOT) as Manifest & { config: { pnpm: string } }).config.pnpm
}
