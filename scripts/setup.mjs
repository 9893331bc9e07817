// npm run setup: installs and builds, no more.
import { paint, say } from './lib/steps.mjs'
import { setUp } from './lib/workspace.mjs'

try {
  await setUp()
  say('Ready. Next: npm run demo, npm test')
} catch (error) {
  console.error(`${paint('red', 'Not set up:')} ${error instanceof Error ? error.message : String(error)}`)
  process.exitCode = 1
}
