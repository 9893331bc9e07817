/** Takes one line of progress, without a line break. */
export type Log = (line: string) => void

export const silent: Log = () => {}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
