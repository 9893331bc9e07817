// npm run packages: installs what is published in every way that users may, and has real locks with each.
import { parseArgs } from 'node:util'
import { runCommand } from './lib/command.mjs'
import { paint, step } from './lib/steps.mjs'

const HELP = `npm run packages

Packs every package as for a release and installs the tarballs in fresh projects: with each end of each range of versions, with
TypeScript 5.4, 5.9 and 7, with npm, and under the oldest and the newest versions of Node, about 1.5 GB of downloads the first time.
Each has real locks on MySQL and on MariaDB. Ends with 1 when something does not work.

  --help    print this`

await runCommand(HELP, parseOptions, async () => {
  const { runPackages } = await import('../test/packages/dist/main.js')
  const isGood = await runPackages({ step, paint })
  process.exitCode = isGood ? 0 : 1
})

/** Answers null when it was asked for help. */
function parseOptions() {
  const { values } = parseArgs({ options: { help: { type: 'boolean', short: 'h', default: false } } })
  return values.help ? null : {}
}
