/** What the suite needs of a test runner: mocha's own functions, or those of another under these names. */
export interface Runner {
  describe(title: string, body: () => void): unknown
  it(title: string, body: () => Promise<void>): unknown
  /** Once before everything in the `describe` around it. */
  before(body: () => Promise<void>): unknown
  /** Once after everything in the `describe` around it. */
  after(body: () => Promise<void>): unknown
}
