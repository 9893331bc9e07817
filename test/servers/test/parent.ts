import { parseFlavour, startServer } from '@ormutex-test/servers'

// A process for the test to kill: it starts the server that its first argument names, tells of it and stays. With a second
// argument, `resumed`, it has crashed the server and started it again by then.
const server = await startServer(parseFlavour(process.argv[2] ?? ''))
if (process.argv[3] === 'resumed') {
  await server.halt()
  await server.resume()
}
process.stdout.write(`${JSON.stringify({ url: server.url, pid: server.pid, source: server.source })}\n`)
setInterval(() => {}, 60_000)
