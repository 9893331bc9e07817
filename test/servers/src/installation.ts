import type { Flavour } from './flavour.js'

/** A server's program on this machine and how to run it. */
export interface Installation {
  flavour: Flavour
  /** What the program says about itself with `--version`. */
  version: string
  /** The server, or the dynamic loader that runs it. */
  command: string
  /** What comes before the server's own arguments: empty, or the loader's arguments and the server's path. */
  commandArguments: readonly string[]
  /** Where the server finds its own files, when it does not know by itself. */
  placeArguments: readonly string[]
  /** Folders that may hold MariaDB's SQL files for a new data directory. */
  shareFolders: readonly string[]
}

/** A server that is told its account only by name must be told to stay root, and nobody else may ask for that. */
export function userArguments(): string[] {
  return process.getuid?.() === 0 ? ['--user=root'] : []
}

export function serverEnvironment(): NodeJS.ProcessEnv {
  const { LD_PRELOAD: _, ...environment } = process.env
  return environment
}
