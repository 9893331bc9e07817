import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FLAVOURS } from '@ormutex-test/servers'
import { type Account, openAccount, PASSWORD, USER } from './account.js'
import { cli, type Ended, startCli } from './cli.js'

const OK = ['run', 'connected', '--', 'true']

for (const flavour of FLAVOURS) {
  describe(`ormutex and a password, on ${flavour}`, () => {
    let account: Account
    let folder: string
    let url: URL
    before(async () => {
      account = await openAccount(flavour)
      url = account.url
      folder = mkdtempSync(join(tmpdir(), 'ormutex-cli-'))
    })
    after(async () => {
      rmSync(folder, { recursive: true })
      await account.remove()
    })

    it('takes a password out of the process list, and warns of it', async () => {
      const running = startCli([
        'run',
        'listed',
        `--url=${url.href}`,
        '--',
        'sh',
        '-c',
        'echo "ready $PPID"; read -r line',
      ])
      const ready = await running.until('stdout', /ready \d+\n/)
      const [, pid] = /ready (\d+)/.exec(ready)!
      assert.equal(Number(pid), running.pid)
      const title = readFileSync(`/proc/${pid}/cmdline`, 'latin1')
      assert.match(title, /^ormutex run listed --url=mysql:\/\/ormutex_cli:\*\*\*@127\.0\.0\.1:/)
      running.child.stdin!.end('\n')
      const { code, stderr } = await running.ended
      assert.equal(code, 0)
      assert.equal(
        stderr,
        'ormutex: a password on the command line can be seen by other users: set DATABASE_URL or use --defaults-file instead of --url\n',
      )
      assertNoSecret(title)
    })

    it('never says the password when the server refuses', async () => {
      const wrongDatabase = new URL(url)
      wrongDatabase.pathname = '/nowhere'
      const wrongUser = new URL(url)
      wrongUser.username = 'nobody'
      const file = join(folder, 'refused.cnf')
      const quoted = `"${PASSWORD.replaceAll(/["\\]/g, String.raw`\$&`)}"`
      const lines = ['[client]', `host=${url.hostname}`, `port=${url.port}`, 'user=nobody', `password=${quoted}`]
      writeFileSync(file, lines.join('\n'))
      const ends = await Promise.all([
        cli(OK, { env: { DATABASE_URL: wrongDatabase.href } }),
        cli(['run', 'x', '--url', wrongUser.href, '--', 'true']),
        cli(['run', 'x', '--defaults-file', file, '--', 'true']),
        cli(OK, { env: { DATABASE_URL: wrongUser.href, NODE_DEBUG: 'net', ORMUTEX_SECRET: PASSWORD } }),
      ])
      assertNoSecrets(ends)
      assert.deepEqual(
        ends.map(({ code }) => code),
        [69, 69, 69, 69],
      )
      const [noDatabase, ...noUsers] = ends
      assert.match(
        noDatabase.stderr,
        /Unknown database 'nowhere'|Access denied for user 'ormutex_cli'@'.+' to database/,
      )
      for (const { stderr } of noUsers) assert.match(stderr, /Access denied for user 'nobody'@/)
    })

    // What follows never gets to the server.
    if (flavour !== 'mysql') return

    it('never says the password, wherever it stands, when there is no server, or none that is asked', async () => {
      const listener = createServer((socket) => socket.end('what is this\n')).listen(0, '127.0.0.1')
      await once(listener, 'listening')
      const wrongPort = new URL(url)
      wrongPort.port = '1'
      const noServer = new URL(url)
      noServer.port = String((listener.address() as { port: number }).port)
      const raw = `mysql://${USER}:${PASSWORD}@${url.host}${url.pathname}`
      const urls = [
        wrongPort.href,
        noServer.href,
        raw,
        raw.replace(' ', ''),
        `mysql://${USER}:${PASSWORD.replaceAll(/[/?#]/g, '')}@${url.hostname}:99999/x`,
        `mysql://${USER}:12/${PASSWORD}@${url.hostname}/x`,
        `mysql://${USER}:${encodeURIComponent(PASSWORD)}%zz@${url.hostname}/x`,
        `postgres://${USER}:${encodeURIComponent(PASSWORD)}@${url.hostname}/x`,
        `${url.href}?ssl={`,
      ]
      const ends = await Promise.all([
        // Both ways, one after the other, and so half as many.
        ...urls.map((wrong, index) =>
          index % 2 === 0 ? cli(OK, { env: { DATABASE_URL: wrong } }) : cli(['run', 'x', '--url', wrong, '--', 'true']),
        ),
        // What is typed in the wrong place.
        cli([url.href]),
        cli(['run', url.href, '--hepl']),
        cli([`--${url.href}`]),
        cli(['run', 'x', `--ulr=${url.href}`, '--', 'true']),
        cli(['run', 'x', '--timeout', url.href, '--', 'true']),
        cli(['run', 'x', '--defaults-file', url.href, '--', 'true']),
        cli(['run', 'x', '--url', url.href, '--help']),
        cli(['completion', url.href]),
      ])
      listener.close()
      assertNoSecrets(ends)
      const codes = new Set(ends.map(({ code }) => code))
      assert.deepEqual(
        [...codes].toSorted((a, b) => a! - b!),
        [0, 64, 69],
      )
      assert.match(ends[0].stderr, /ECONNREFUSED 127\.0\.0\.1:1/)
    })
  })
}

function assertNoSecrets(ends: readonly Ended[]): void {
  for (const { stdout, stderr } of ends) {
    assertNoSecret(stdout)
    assertNoSecret(stderr)
  }
}

/** Not the password, not as it stands in a URL, and no longer part of it. */
function assertNoSecret(text: string): void {
  for (const part of [PASSWORD, encodeURIComponent(PASSWORD), 's3cr3t', 'w/o', 'w%2Fo']) {
    assert.ok(!text.includes(part), `${part} stands in: ${text}`)
  }
}

describe('ormutex and a short password', () => {
  it('is not said, and not told by what is missing from other words', async () => {
    for (const short of ['on', '-.+', '?']) {
      const DATABASE_URL = `mysql://u:${encodeURIComponent(short)}@127.0.0.1:1/x`
      const [refused, quoted] = await Promise.all([
        cli(OK, { env: { DATABASE_URL } }),
        cli(['run', 'x', '--url', DATABASE_URL, '--timeout', short, '--', 'true']),
      ])
      assert.match(refused.stderr, /: no working connection \(ECONNREFUSED\): connect ECONNREFUSED 127\.0\.0\.1:1\n$/)
      assert.match(quoted.stderr, /argument '\*\*\*' is invalid/)
    }
  })

  it('is not told by masking the account, where both are one word', async () => {
    const url = 'mysql://app:app@127.0.0.1:1/app'
    const ends = await Promise.all([
      cli(['doctor'], { env: { DATABASE_URL: url } }),
      cli(['doctor', '--url', url]),
      cli(['run', 'x', `--${url}`, '--', 'true']),
    ])
    for (const { stdout } of ends.slice(0, 2)) assert.match(stdout, /app@127\.0\.0\.1:1\/app: /)
    assert.match(ends[2].stderr, /mysql:\/\/app:\*\*\*@127/)
    for (const { stdout, stderr } of ends) assert.doesNotMatch(stdout + stderr, /app:app/)
  })
})
