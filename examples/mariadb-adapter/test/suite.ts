import { conformance, serverEnvironment } from '@ormutex/testkit'
import { createConnection } from 'mariadb'
import { harness } from './harness.js'

describe('namedLocks() for the mariadb connector', function () {
  // A case may take 45 seconds.
  this.timeout(60_000)
  conformance({
    harness,
    runner: { describe, it, before, after },
    environment: () => {
      const { hostname: host, port, username, password } = new URL(process.env['DATABASE_URL']!)
      return serverEnvironment({
        server: { host, port: Number(port || 3306), user: username, password: decodeURIComponent(password) },
        connect: (access) => createConnection({ ...access, allowPublicKeyRetrieval: true }),
        harnessUrl: new URL('./harness.js', import.meta.url),
      })
    },
  })
})
