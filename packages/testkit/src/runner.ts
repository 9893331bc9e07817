/** What the suite needs of a test runner: mocha's own functions, or those of another under these names. */
export interface Runner {
  /** Declares a group of cases: what `body` declares is in it. */
  describe(title: string, body: () => void): unknown
  /** Declares a case, which fails when `body` rejects. */
  it(title: string, body: () => Promise<void>): unknown
  /** Once before everything in the `describe` around it. */
  before(body: () => Promise<void>): unknown
  /** Once after everything in the `describe` around it. */
  after(body: () => Promise<void>): unknown
}
