// mocha's spec reporter, which also leaves the counts and the failures in a file for the closing lines, and does not let a run
// hang for what a test left open.
const { writeFileSync } = require('node:fs')
const { reporters, Runner } = require('mocha')
const onUnheardRejection = require('./unheard-rejections.cjs')

/** Longest time from the last test to the end of the process, in milliseconds: servers and pools are closed by then. */
const ENDING_MS = 15_000

module.exports = class CountingReporter extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options)
    const failures = []
    runner.on(Runner.constants.EVENT_TEST_FAIL, (test, error) => {
      failures.push(`${test.fullTitle()}\n${error?.stack ?? String(error)}`)
    })
    // Pending tests count as failures here: nothing passes by being skipped.
    runner.on(Runner.constants.EVENT_TEST_PENDING, (test) => failures.push(`${test.fullTitle()}\nwas skipped`))
    onUnheardRejection((reason) => {
      const failure = `${runner.currentRunnable?.fullTitle() ?? 'Between the tests'}\na rejection was not handled: ${reason}`
      console.error(failure)
      failures.push(failure)
      runner.failures += 1
    })
    runner.once(Runner.constants.EVENT_RUN_END, () => {
      const report = process.env['ORMUTEX_TEST_REPORT']
      if (report !== undefined) writeFileSync(report, JSON.stringify({ passed: this.stats.passes, failures }))
      const isStuck = () => {
        console.error(`Still running ${ENDING_MS / 1_000} s after the last test: something was left open`)
        process.exit(1)
      }
      setTimeout(isStuck, ENDING_MS).unref()
    })
  }
}
