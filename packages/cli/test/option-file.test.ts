import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Account, openAccount, PASSWORD, USER } from './account.js'
import { cli } from './cli.js'

const OK = ['run', 'connected', '--', 'true']

describe('ormutex and a MySQL option file', () => {
  let account: Account
  let folder: string
  before(async () => {
    account = await openAccount('mysql')
    folder = mkdtempSync(join(tmpdir(), 'ormutex-cli-'))
  })
  after(async () => {
    rmSync(folder, { recursive: true })
    await account.remove()
  })

  function optionFile(name: string, ...lines: readonly string[]): string {
    const file = join(folder, name)
    writeFileSync(file, `${lines.join('\n')}\n`)
    return file
  }

  function reachable(): string[] {
    const { server, name } = account.database
    return [`host = ${server.host}`, `port=${server.port}`, `user='${USER}'`, `database=${name}`]
  }

  const quoted = `"${PASSWORD.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`

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
    for (const { code, stderr } of ends) assert.deepEqual([code, stderr], [0, ''])
    const other = await cli(OK, { env: { HOME: home, DATABASE_URL: 'postgresql://u:secret-word@db/x' } })
    assert.equal(other.code, 64)
    assert.match(other.stderr, /DATABASE_URL: expected mysql:\/\/ or mariadb:\/\/, got postgresql:/)
  })

  it('an option file tells which database the namespace is', async () => {
    const file = optionFile('namespace.cnf', '[client]', ...reachable(), `password=${quoted}`)
    const key = async (...args: string[]) =>
      (await cli(['run', 'same', ...args, '--', 'sh', '-c', 'echo $ORMUTEX_KEY'], { env: account.database.env })).stdout
    assert.equal(await key('--defaults-file', file), await key())
  })

  it('says what is wrong with it, and where', async () => {
    const cases: [RegExp, ...string[]][] = [
      [/line 2: !include and !includedir are not followed/, '[client]', '!include /etc/other.cnf'],
      [/line 2: a password that is to be typed in/, '[client]', 'password'],
      [/line 1: a group needs a closing \]/, '[client', 'host=x'],
      [/port must be a number from 1 to 65535/, '[client]', 'port=many'],
      [/cannot read \/no\/such\/ca\.pem \(ENOENT\)/, '[client]', 'ssl-ca=/no/such/ca.pem'],
    ]
    const ends = await Promise.all(
      cases.map(([, ...lines], index) =>
        cli([...OK.slice(0, 2), '--defaults-file', optionFile(`wrong-${index}.cnf`, ...lines), ...OK.slice(2)]),
      ),
    )
    ends.forEach(({ code, stderr }, index) => {
      assert.equal(code, 64)
      assert.match(stderr, cases[index]![0])
    })
    const missing = await cli([...OK.slice(0, 2), '--defaults-file', '/no/such/file', ...OK.slice(2)])
    assert.match(missing.stderr, /cannot read the option file \/no\/such\/file \(ENOENT\)/)
  })

  it('is none of the folder in which it is started, where HOME leads there', async () => {
    const cwd = mkdtempSync(join(folder, 'home-'))
    writeFileSync(join(cwd, '.my.cnf'), `[client]\n${[...reachable(), `password=${quoted}`].join('\n')}\n`)
    for (const HOME of ['', '.']) {
      const { code, stderr } = await cli(OK, { cwd, env: { HOME } })
      assert.equal(code, 64)
      assert.match(stderr, /^ormutex: no database: set DATABASE_URL/)
    }
  })
})
