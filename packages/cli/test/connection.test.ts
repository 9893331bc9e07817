import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { FLAVOURS } from '@ormutex-test/servers'
import { type Account, openAccount, USER } from './account.js'
import { isOfDatabase } from '../dist/describe-error.js'
import { redact } from '../dist/secrets.js'
import { settingsOfUrl } from '../dist/url-settings.js'
import { cli } from './cli.js'

const OK = ['run', 'connected', '--', 'true']

for (const flavour of FLAVOURS) {
  describe(`ormutex and the URL of a database, on ${flavour}`, () => {
    let account: Account
    let url: URL
    before(async () => {
      account = await openAccount(flavour)
      url = account.url
    })
    after(() => account.remove())

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
      for (const { code, stderr } of ends) assert.deepEqual([code, stderr], [0, ''])
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

    // The MariaDB of the tests has no certificate, and so no TLS.
    if (flavour !== 'mysql') return

    it('encrypts where it is told to', async () => {
      await account.database.query(`ALTER USER ?@'%' REQUIRE SSL`, [USER])
      const ends = await Promise.all(
        ['', '?ssl-mode=REQUIRED', '?sslaccept=accept_invalid_certs', '?ssl={"rejectUnauthorized":false}'].map((form) =>
          cli(OK, { env: { DATABASE_URL: url.href + form } }),
        ),
      )
      await account.database.query(`ALTER USER ?@'%' REQUIRE NONE`, [USER])
      assert.deepEqual(
        ends.map(({ code }) => code),
        [69, 0, 0, 0],
      )
    })
  })
}

describe('the parameters of a URL', () => {
  const settings = (parameters: string) => settingsOfUrl(`mysql://app@db/shop?${parameters}`, 'DATABASE_URL')

  it("two ways to speak of TLS are not mixed: one's verification would be lost", () => {
    for (const ssl of ['{"rejectUnauthorized":false}', 'Amazon%20RDS', 'toString']) {
      assert.throws(
        () => settings(`ssl=${ssl}&ssl-mode=VERIFY_IDENTITY`),
        /^CliError: DATABASE_URL: the parameters ssl \(in mysql2's words\) and ssl-mode cannot be used together$/,
      )
    }
    assert.deepEqual(settings('ssl={"rejectUnauthorized":false}').ssl, { rejectUnauthorized: false })
    assert.equal(settings('ssl=Amazon%20RDS').ssl, 'Amazon RDS')
    assert.deepEqual(settings('ssl=false&ssl-mode=VERIFY_IDENTITY').ssl, {
      rejectUnauthorized: true,
      verifyIdentity: true,
    })
  })

  it('an account there is not ignored, and its password is hidden', () => {
    for (const name of ['user', 'password', 'passwd', 'PWD', 'username']) {
      assert.throws(
        () => settings(`${name}=s3cr3t%2Fword`),
        new RegExp(`^CliError: DATABASE_URL: the parameter ${name.toLowerCase()} is not understood; `),
      )
    }
    assert.equal(
      redact('--url=mysql://db/shop?user=a&password=abc%2F&x=1'),
      '--url=mysql://db/shop?user=a&password=***&x=1',
    )
    assert.equal(redact('it said s3cr3t/word'), 'it said ***')
  })
})

describe('an error of the system', () => {
  it("is the database's where a connection had it, and a defect where a file or a process had", async () => {
    const [refused] = (await once(connect(1, '127.0.0.1'), 'error')) as [Error]
    const noFile = await readFile('/nonexistent').catch((error: unknown) => error)
    assert.deepEqual([refused, noFile].map(isOfDatabase), [true, false])
    assert.throws(
      () => spawn('/etc/passwd/program'),
      (error) => !isOfDatabase(error),
    )
  })
})

/** As in a container that runs as an id without a name; to be one takes root, and so do accounts for it. */
const NAMELESS = `data:text/javascript,${encodeURIComponent(`
  import { syncBuiltinESMExports } from 'node:module'
  import os from 'node:os'
  const refuse = (call) => { throw Object.assign(new Error(call + ' returned ENOENT'), { code: 'ERR_SYSTEM_ERROR', errno: -2 }) }
  os.homedir = () => refuse('uv_os_homedir')
  os.userInfo = () => refuse('uv_os_get_passwd')
  syncBuiltinESMExports()`)}`

describe('ormutex of an account that has no name', () => {
  const as = (DATABASE_URL?: string) => cli(OK, { env: { DATABASE_URL, NODE_OPTIONS: `--import ${NAMELESS}` } })

  it('says what is to be told where the account would be asked', async () => {
    const [noDatabase, noUser, user] = await Promise.all(
      [undefined, 'mysql://127.0.0.1:1/x', 'mysql://app@127.0.0.1:1/x'].map(as),
    )
    assert.deepEqual([noDatabase!.code, noUser!.code, user!.code], [64, 64, 69])
    assert.match(noDatabase!.stderr, /^ormutex: no database: set DATABASE_URL/)
    assert.match(noUser!.stderr, /^ormutex: no user: .+ mysql:\/\/user@host/)
    assert.match(user!.stderr, /ECONNREFUSED 127\.0\.0\.1:1/)
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
