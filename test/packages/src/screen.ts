/** Where the matrix shows what it does. */
export interface Screen {
  /** Says what is being done, that it is still going on, and how long it took. */
  step: <T>(title: string, work: (log: (line: string) => void) => Promise<T>) => Promise<T>
  /** Gives text a style, or leaves it as it is where nobody would see a colour. */
  paint: (style: string | string[], text: string) => string
}
