import { startServer } from '@ormutex-test/servers'

type Kind = Parameters<typeof startServer>[0]
export type TestServer = Awaited<ReturnType<typeof startServer>>

/** MySQL and MariaDB differ in what they send: other capabilities, other result sets. */
export const serverKinds: readonly Kind[] = ['mysql', 'mariadb']

const started = new Map<Kind, Promise<TestServer>>()

/** One server of each kind for the whole run, because starting one takes seconds. */
export function sharedServer(kind: Kind): Promise<TestServer> {
  const server = started.get(kind) ?? startServer(kind)
  started.set(kind, server)
  return server
}

after(async function () {
  this.timeout(60_000)
  for (const server of started.values()) await (await server).stop()
})
