import { parseFlavour, startServer } from '@ormutex-test/servers'

// A process for the test to kill: it starts the server that its first argument names, tells of it and stays.
const server = await startServer(parseFlavour(process.argv[2] ?? ''))
process.stdout.write(`${JSON.stringify({ url: server.url, pid: server.pid, source: server.source })}\n`)
setInterval(() => {}, 60_000)
