import { once } from 'node:events'
import { connect } from 'node:net'
import { join } from 'node:path'
import { serverEnvironment } from './installation.js'
import type { PeerRecipe, PeerStart } from './peer-recipe.js'

const CONFIGURATION = 'redis.conf'
const ANSWER_TIMEOUT_MS = 2_000

export const redis: PeerRecipe = {
  job: ({ command, commandArguments }, start) => ({
    files: { [CONFIGURATION]: configuration(start) },
    command: {
      file: command,
      args: [...commandArguments, join(start.directory, CONFIGURATION)],
      env: serverEnvironment(),
    },
  }),
  ask: ping,
  url: ({ port, password }) => `redis://:${password}@127.0.0.1:${port}`,
}

/** A file keeps the password off the command line, which everybody on the machine can read. */
function configuration({ port, password, settings }: PeerStart): string {
  const lines = {
    bind: '127.0.0.1',
    port,
    requirepass: password,
    // Nothing is to last, and a snapshot would run into what is being measured.
    save: '""',
    appendonly: 'no',
    ...settings,
  }
  return Object.entries(lines)
    .map(([key, value]) => `${key} ${value}\n`)
    .join('')
}

async function ping({ port, password }: PeerStart): Promise<void> {
  const socket = connect(port, '127.0.0.1')
  socket.setTimeout(ANSWER_TIMEOUT_MS, () => socket.destroy())
  let answer = ''
  socket.on('data', (data) => (answer += data.toString()))
  // Redis takes commands as plain lines, too.
  socket.write(`AUTH ${password}\r\nPING\r\nQUIT\r\n`)
  await once(socket, 'close')
  if (answer !== '+OK\r\n+PONG\r\n+OK\r\n') throw new Error(`expected +PONG, got ${JSON.stringify(answer)}`)
}
