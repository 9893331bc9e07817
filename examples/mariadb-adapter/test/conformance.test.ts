import { sharedServer } from '@ormutex-test/servers'

/** Inside ormutex's own repository the server is one that the tests start. */
before(async function () {
  this.timeout(600_000)
  process.env['DATABASE_URL'] = (await sharedServer('mariadb')).url
})

await import('./suite.js')
