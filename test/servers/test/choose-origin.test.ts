import assert from 'node:assert/strict'
import { chooseOrigin } from '@ormutex-test/servers/choose-origin'
import type { Flavour } from '@ormutex-test/servers/flavour'
import { silent } from '@ormutex-test/servers/log'
import type { Way } from '@ormutex-test/servers/way'
import { wayDocker } from '@ormutex-test/servers/way-docker'
import { wayPath } from '@ormutex-test/servers/way-path'
import { wayUrl } from '@ormutex-test/servers/way-url'
import { fakePrograms } from './fake-programs.js'

const MYSQL = 'echo "mysqld  Ver 8.4.6 for Linux on x86_64"'
const MARIADB = 'echo "mysqld  Ver 10.11.14-MariaDB for Linux"'
const DOCKER = 'exit 0'

const noPackages: Way = {
  source: 'packages',
  description: () => 'packages',
  find: async () => ({ reason: 'not in this test' }),
}

/** The real ways with nothing of this machine: neither its programs nor its environment. */
async function choose(flavour: Flavour, scripts: Record<string, string>, env: Record<string, string> = {}) {
  const { folder, remove } = fakePrograms(scripts)
  try {
    const ways = [wayUrl, wayPath([]), wayDocker, noPackages]
    const origin = await chooseOrigin(flavour, { env: { ...env, PATH: folder }, log: silent }, ways)
    return origin.source === 'docker' ? origin.service : origin.source
  } finally {
    remove()
  }
}

describe('where a server comes from', () => {
  it('is a URL before anything else, and one that does not answer is an error', async () => {
    const url = { ORMUTEX_MYSQL_URL: 'mysql://root@127.0.0.1:1' }
    await assert.rejects(choose('mysql', { mysqld: MYSQL, docker: DOCKER }, url), /ORMUTEX_MYSQL_URL does not answer/)
  })

  it("never shows a URL's password", async () => {
    const url = { ORMUTEX_MYSQL_URL: 'mysql://root:hunter2@127.0.0.1:1' }
    await assert.rejects(choose('mysql', {}, url), (error: Error) => !error.message.includes('hunter2'))
    await assert.rejects(choose('mysql', {}, { ORMUTEX_MYSQL_URL: 'hunter2' }), (error: Error) => {
      return error.message.includes('not a URL') && !error.message.includes('hunter2')
    })
  })

  it("is not the other flavour's URL", async () => {
    assert.equal(await choose('mariadb', { mariadbd: MARIADB }, { ORMUTEX_MYSQL_URL: 'mysql://127.0.0.1:1' }), 'path')
  })

  it('is a program before Docker', async () => {
    assert.equal(await choose('mysql', { mysqld: MYSQL, docker: DOCKER }), 'path')
    assert.equal(await choose('mariadb', { mariadbd: MARIADB, docker: DOCKER }), 'path')
  })

  it('goes by what a program says, not by what it is called', async () => {
    assert.equal(await choose('mariadb', { mysqld: MARIADB }), 'path')
    assert.equal(await choose('mysql', { mysqld: MARIADB, docker: DOCKER }), 'mysql-9')
    assert.equal(await choose('mariadb', { mariadbd: MYSQL, docker: DOCKER }), 'mariadb-10.11')
  })

  it('is not a program that fails', async () => {
    assert.equal(await choose('mysql', { mysqld: 'exit 127', docker: DOCKER }), 'mysql-9')
  })

  it('is the version of Docker that the environment names', async () => {
    assert.equal(await choose('mysql', { docker: DOCKER }, { ORMUTEX_MYSQL_VERSION: '8.4' }), 'mysql-8.4')
    assert.equal(await choose('mariadb', { docker: DOCKER }, { ORMUTEX_MARIADB_VERSION: '11.8' }), 'mariadb-11.8')
    const unknown = { ORMUTEX_MYSQL_VERSION: '5.7' }
    await assert.rejects(choose('mysql', { docker: DOCKER }, unknown), /mysql-9 and mysql-8\.4, but no mysql 5\.7/)
  })

  it('is an error that names every way and why it does not apply', async () => {
    const docker = 'test "$1" = info'
    await assert.rejects(choose('mysql', { mysqld: MARIADB, docker }), ({ message }: Error) => {
      assert.match(message, /^no mysql to be had; tried were\n/)
      assert.match(message, /- the URL of a running server in ORMUTEX_MYSQL_URL: not set/)
      assert.match(message, /- mysqld on PATH .*: \/.+\/mysqld is mariadb/)
      assert.match(message, /- a running Docker engine .*: `docker compose version` fails/)
      assert.match(message, /- packages: not in this test/)
      return true
    })
    await assert.rejects(choose('mysql', { docker: 'exit 1' }), /`docker info` fails/)
  })

  it('is not a Docker engine that hangs', async function () {
    this.timeout(20_000)
    this.slow(10_000)
    const startedAt = performance.now()
    await assert.rejects(choose('mysql', { docker: '/bin/sleep 10; exit 1' }), /`docker info` fails/)
    assert.ok(performance.now() - startedAt < 6_000)
  })
})
