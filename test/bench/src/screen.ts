/** What `util.styleText` understands, as far as the benchmark uses it. */
export type Style = string | string[]

/** Gives text a style, or leaves it as it is where nobody would see a colour. */
export type Paint = (style: Style, text: string) => string

/** Where the benchmark shows what it does. */
export interface Screen {
  /** Says what is being done, that it is still going on, and how long it took. */
  step: <T>(title: string, work: (log: (line: string) => void) => Promise<T>) => Promise<T>
  paint: Paint
}
