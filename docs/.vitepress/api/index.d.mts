/** See `index.mjs`. */
export function writeApiReference(folder: string): Promise<{
  readonly problems: readonly string[]
  readonly undocumented: readonly string[]
}>
