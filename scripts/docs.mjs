// npm run docs: the documentation as a site, with the API reference from the docstrings, and every link of it followed.
import { parseArgs } from 'node:util'
import { runCommand } from './lib/command.mjs'
import { say, step } from './lib/steps.mjs'
import { root } from './lib/workspace.mjs'

const HELP = `npm run docs -- [options]

Writes the API reference (docs/api) from the docstrings, builds the site into docs/.vitepress/dist, and follows its links.

  --serve                  show the site on 127.0.0.1 until Ctrl+C
  --port <0 to 65535>      where to show it (default 4173; 0 for any that is free)
  --api                    write the API reference, and no more
  --help                   print this`

await runCommand(HELP, parseOptions, async (options, signal) => {
  const { writeApiReference } = await import('../docs/.vitepress/api/index.mjs')
  await step('Writing the API reference', () => noProblems(writeApiReference(`${root}docs/api`)))
  if (options.isApiOnly) return
  const { buildSite, checkSite, dist, serveSite } = await import('../docs/.vitepress/site.mjs')
  await step('Building the site', buildSite)
  await step('Following its links', async (log) => {
    const { count, broken } = checkSite()
    log(`${count} links`)
    if (broken.length > 0) throw new Error(`These lead nowhere:\n  ${broken.join('\n  ')}`)
  })
  say(`Built into ${dist}`)
  if (!options.isServed) return
  await serveSite(options.port, signal, (address) => say(`The site is at ${address} (Ctrl+C ends it)`))
})

async function noProblems(written) {
  const { problems } = await written
  if (problems.length > 0) throw new Error(`In the docstrings:\n  ${problems.join('\n  ')}`)
}

/** Answers null when it was asked for help. */
function parseOptions() {
  const { values } = parseArgs({
    options: {
      serve: { type: 'boolean', default: false },
      port: { type: 'string', default: '4173' },
      api: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) return null
  const port = Number(values.port)
  if (!/^\d+$/.test(values.port) || port > 65_535) {
    throw new RangeError(`--port must be a whole number from 0 to 65535, got ${JSON.stringify(values.port)}`)
  }
  return { isServed: values.serve, port, isApiOnly: values.api }
}
