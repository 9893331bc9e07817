// npm run setup: installs and builds, no more.
import { say } from './lib/steps.mjs'
import { setUp } from './lib/workspace.mjs'

await setUp()
say('Ready. Next: npm run demo, npm test')
