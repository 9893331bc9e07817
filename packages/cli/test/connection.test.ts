import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FLAVOURS } from '@ormutex-test/servers'
import { cli, type Ended, startCli } from './cli.js'
import { type Database, openDatabase } from './database.js'

/** Everything that is special in a shell, a URL, or an option file. */
const PASSWORD = `p@ss:w/o?r#d %'";\\ s3cr3t`
const USER = 'ormutex_cli'

const OK = ['run', 'connected', '--', 'true']

for (const flavour of FLAVOURS) {
  describe(`ormutex and its connection, on ${flavour}`, () => {
    let database: Database
    let folder: string
    let url: URL

    before(async () => {
      database = await openDatabase(flavour)
      folder = mkdtempSync(join(tmpdir(), 'ormutex-cli-'))
      await database.query(`CREATE USER ?@'%' IDENTIFIED BY ?`, [USER, PASSWORD])
      await database.query(`GRANT ALL ON ${database.name}.* TO ?@'%'`, [USER])
      url = new URL(database.url)
      url.username = USER
      url.password = encodeURIComponent(PASSWORD)
    })

    after(async () => {
      await database.query(`DROP USER ?@'%'`, [USER])
      await database.close()
      rmSync(folder, { recursive: true })
    })

    const { host, port } = { host: () => database.server.host, port: () => database.server.port }

    function optionFile(name: string, ...lines: readonly string[]): string {
      const file = join(folder, name)
      writeFileSync(file, `${lines.join('\n')}\n`)
      return file
    }

    function reachable(): string[] {
      return [`host = ${host()}`, `port=${port()}`, `user='${USER}'`, `database=${database.name}`]
    }

    const quoted = `"${PASSWORD.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`

    function assertOk(ended: Ended): void {
      assert.deepEqual([ended.code, ended.stderr], [0, ''])
    }

    it('takes DATABASE_URL, whoever it was written for', async () => {
      const forms = [
        '?connection_limit=5&pool_timeout=10&schema=x',
        '?charset=utf8mb4&connectionLimit=3&nonsense=1',
        '?sslmode=disable',
        '?connect_timeout=5',
      ]
      const mariadb = url.href.replace('mysql:', 'mariadb:')
      const ends = await Promise.all(
        [mariadb, ...forms.map((form) => url.href + form)].map((DATABASE_URL) => cli(OK, { env: { DATABASE_URL } })),
      )
      ends.forEach(assertOk)
    })

    it('takes what concerns TLS at its word', async () => {
      const [encrypted, unknown, wrong] = await Promise.all(
        ['?ssl-mode=VERIFY_IDENTITY', '?sslidentity=client.p12', '?ssl-mode=SOMETIMES'].map((form) =>
          cli(OK, { env: { DATABASE_URL: url.href + form } }),
        ),
      )
      // The servers have no certificate that anybody would believe, or none at all.
      assert.equal(encrypted!.code, 69)
      assert.match(encrypted!.stderr, /certificate|secure connection/i)
      assert.equal(unknown!.code, 64)
      assert.match(unknown!.stderr, /the parameter sslidentity is not understood/)
      assert.match(wrong!.stderr, /TLS mode must be one of DISABLED, PREFERRED, REQUIRED, VERIFY_CA, VERIFY_IDENTITY/)
    })

    it('takes an option file as the mysql client reads it', async () => {
      const common = optionFile('common.cnf', '[client]', ...reachable(), `password=${quoted}`)
      const odd = optionFile(
        'odd.cnf',
        '; a comment',
        '[mysql]',
        'host = elsewhere',
        '[client]',
        'host=elsewhere # not this one',
        'password = wrong',
        'default-character-set = utf8mb4',
        '[mysqldump]',
        'user=nobody',
        '[ormutex]',
        ...reachable(),
        'loose-quick',
        'protocol=TCP',
        `  password =   ${quoted}   # ${'#'.repeat(3)} "`,
      )
      const home = mkdtempSync(join(folder, 'home-'))
      writeFileSync(join(home, '.my.cnf'), `[client]\n${[...reachable(), `password=${quoted}`].join('\r\n')}\r\n`)
      const ends = await Promise.all([
        cli([...OK.slice(0, 2), '--defaults-file', common, ...OK.slice(2)]),
        // What is typed goes before what is in the environment.
        cli([...OK.slice(0, 2), '--defaults-file', odd, ...OK.slice(2)], {
          env: { DATABASE_URL: 'mysql://nowhere.invalid/x' },
        }),
        cli(OK, { env: { HOME: home } }),
      ])
      ends.forEach(assertOk)
      const other = await cli(OK, { env: { HOME: home, DATABASE_URL: 'postgresql://u:secret-word@db/x' } })
      assert.equal(other.code, 64)
      assert.match(other.stderr, /DATABASE_URL: expected mysql:\/\/ or mariadb:\/\/, got postgresql:/)
    })

    it('an option file tells which database the namespace is', async () => {
      const file = optionFile('namespace.cnf', '[client]', ...reachable(), `password=${quoted}`)
      const key = async (...args: string[]) =>
        (await cli(['run', 'same', ...args, '--', 'sh', '-c', 'echo $ORMUTEX_KEY'], { env: database.env })).stdout
      assert.equal(await key('--defaults-file', file), await key())
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

    it('never says the password, whatever fails', async () => {
      const listener = createServer((socket) => socket.end('what is this\n')).listen(0, '127.0.0.1')
      await once(listener, 'listening')
      const wrongPort = new URL(url)
      wrongPort.port = '1'
      const wrongDatabase = new URL(url)
      wrongDatabase.pathname = '/nowhere'
      const wrongUser = new URL(url)
      wrongUser.username = 'nobody'
      const noServer = new URL(url)
      noServer.port = String((listener.address() as { port: number }).port)
      const raw = `mysql://${USER}:${PASSWORD}@${host()}:${port()}/${database.name}`
      const urls = [
        wrongPort.href,
        wrongDatabase.href,
        wrongUser.href,
        noServer.href,
        raw,
        raw.replace(' ', ''),
        `mysql://${USER}:${PASSWORD.replaceAll(/[/?#]/g, '')}@${host()}:99999/x`,
        `mysql://${USER}:12/${PASSWORD}@${host()}/x`,
        `mysql://${USER}:${encodeURIComponent(PASSWORD)}%zz@${host()}/x`,
        `postgres://${USER}:${encodeURIComponent(PASSWORD)}@${host()}/x`,
        `${url.href}?ssl={`,
      ]
      const file = optionFile('refused.cnf', '[client]', ...reachable(), `user=nobody`, `password=${quoted}`)
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
        cli(['run', 'x', '--defaults-file', file, '--', 'true']),
        cli(['run', 'x', '--', 'true'], {
          env: { DATABASE_URL: wrongUser.href, NODE_DEBUG: 'net', ORMUTEX_SECRET: PASSWORD },
        }),
      ])
      listener.close()
      for (const { stdout, stderr } of ends) {
        assertNoSecret(stdout)
        assertNoSecret(stderr)
      }
      const codes = new Set(ends.map(({ code }) => code))
      assert.deepEqual(
        [...codes].toSorted((a, b) => a! - b!),
        [0, 64, 69],
      )
      assert.match(ends[0].stderr, /ECONNREFUSED 127\.0\.0\.1:1/)
      assert.match(ends[1].stderr, /Unknown database 'nowhere'|Access denied for user 'ormutex_cli'@'.+' to database/)
      assert.match(ends[2].stderr, /Access denied for user 'nobody'@/)
    })
  })
}

/** Not the password, not as it stands in a URL, and no longer part of it. */
function assertNoSecret(text: string): void {
  for (const part of [PASSWORD, encodeURIComponent(PASSWORD), 's3cr3t', 'w/o', 'w%2Fo']) {
    assert.ok(!text.includes(part), `${part} stands in: ${text}`)
  }
}

describe('ormutex and an option file that is wrong', () => {
  it('says what is wrong with it, and where', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'ormutex-cli-'))
    const cases: [RegExp, ...string[]][] = [
      [/line 2: !include and !includedir are not followed/, '[client]', '!include /etc/other.cnf'],
      [/line 2: a password that is to be typed in/, '[client]', 'password'],
      [/line 1: a group needs a closing \]/, '[client', 'host=x'],
      [/port must be a number from 1 to 65535/, '[client]', 'port=many'],
      [/cannot read \/no\/such\/ca\.pem \(ENOENT\)/, '[client]', 'ssl-ca=/no/such/ca.pem'],
    ]
    const ends = await Promise.all(
      cases.map(([, ...lines], index) =>
        cli([...OK.slice(0, 2), '--defaults-file', wrongFile(folder, index, lines), ...OK.slice(2)]),
      ),
    )
    ends.forEach(({ code, stderr }, index) => {
      assert.equal(code, 64)
      assert.match(stderr, cases[index]![0])
    })
    const missing = await cli([...OK.slice(0, 2), '--defaults-file', '/no/such/file', ...OK.slice(2)])
    assert.match(missing.stderr, /cannot read the option file \/no\/such\/file \(ENOENT\)/)
    rmSync(folder, { recursive: true })
  })
})

function wrongFile(folder: string, index: number, lines: readonly string[]): string {
  const file = join(folder, `${index}.cnf`)
  writeFileSync(file, lines.join('\n'))
  return file
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
})

describe('ormutex without a database', () => {
  it('says how to name one', async () => {
    const { code, stderr } = await cli(OK)
    assert.equal(code, 64)
    assert.match(
      stderr,
      /^ormutex: no database: set DATABASE_URL .+ --defaults-file or --url, or write ~\/\.my\.cnf\n$/,
    )
  })

  it('takes --url or --defaults-file, not both', async () => {
    const { code, stderr } = await cli(['run', 'x', '--url', 'mysql://u@h/d', '--defaults-file', 'f', '--', 'true'])
    assert.equal(code, 64)
    assert.match(stderr, /'--defaults-file <file>' cannot be used with option '--url <url>'/)
  })
})
