import { scrubProcessTitle } from './process-title.js'

// Before anything else is loaded: until then the process list shows what was typed.
scrubProcessTitle()
const { main } = await import('./main.js')
await main(process.argv.slice(2))
