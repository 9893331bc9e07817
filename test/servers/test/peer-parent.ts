import { PEER_KINDS, startPeer } from '@ormutex-test/servers'

// A process for the test to kill: it starts the peer that its first argument names, tells its URL and stays.
const kind = PEER_KINDS.find((known) => known === process.argv[2])
if (kind === undefined) throw new Error(`expected one of ${PEER_KINDS.join(', ')}`)
const { url } = await startPeer(kind)
process.stdout.write(`${url}\n`)
setInterval(() => {}, 60_000)
