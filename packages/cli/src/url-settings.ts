import type { SslOptions } from 'mysql2'
import { usageError } from './cli-error.js'
import type { PartialSettings } from './partial-settings.js'
import { hidePasswordOf, hideSecret } from './secrets.js'
import { tlsOptions, type TlsWords } from './tls.js'

const PROTOCOLS = ['mysql:', 'mariadb:']

/** Modes as other programs call them: libpq's, which hosters put into MySQL URLs, too, and Prisma's `sslaccept`. */
const OTHER_MODES = new Map([
  ['disable', 'DISABLED'],
  ['prefer', 'PREFERRED'],
  ['require', 'REQUIRED'],
  ['verify-full', 'VERIFY_IDENTITY'],
  ['strict', 'VERIFY_IDENTITY'],
  ['accept_invalid_certs', 'REQUIRED'],
  ['true', 'VERIFY_IDENTITY'],
  ['false', 'DISABLED'],
])

/** Whatever names TLS and is not understood is refused: without it, the connection would be another than was asked for. */
const ABOUT_TLS = /^(ssl|tls)/i

/** In other programs' URLs they may stand here. Ignored, another account would be asked for than was meant. */
const ABOUT_ACCOUNT = /^(user(name)?|pass(wd|word)?|pwd)$/i

/**
 * What a URL says. Of its parameters those that name the socket, the timeout and TLS are understood, in the words of mysql2, the mariadb
 * connector, Prisma and the `mysql` client; others (`connection_limit`, `schema`, `charset`, …) are for pools and ORMs.
 *
 * @param where what to name in a message: the URL itself is never quoted
 * @throws {CliError} for what is no URL of a MySQL or MariaDB server
 */
export function settingsOfUrl(text: string, where: string): PartialSettings {
  hidePasswordOf(text)
  const url = parse(text, where)
  if (!PROTOCOLS.includes(url.protocol)) {
    throw usageError(`${where}: expected mysql:// or mariadb://, got ${url.protocol}//`)
  }
  const [user, password] = [decode(url.username, where), decode(url.password, where)]
  hideSecret(password, user)
  const parameters = new Map([...url.searchParams].map(([name, value]) => [name.toLowerCase(), value]))
  const account = [...parameters.keys()].find((name) => ABOUT_ACCOUNT.test(name))
  if (account !== undefined) {
    throw usageError(
      `${where}: the parameter ${account} is not understood; mysql://user:password@host is where it stands`,
    )
  }
  const parameter = (...names: string[]): string | undefined =>
    names.map((name) => parameters.get(name)).find((value) => value !== undefined && value !== '')
  return {
    // Brackets are the URL's way to write an IPv6 address.
    host: textOrNone(decode(url.hostname, where).replace(/^\[(.*)\]$/, '$1')),
    port: url.port === '' ? undefined : Number(url.port),
    user: textOrNone(user),
    password: textOrNone(password),
    database: textOrNone(decode(url.pathname.slice(1), where)),
    socketPath: parameter('socket', 'socketpath'),
    connectTimeout: connectTimeout(parameter('connecttimeout'), parameter('connect_timeout'), where),
    ssl: tls(parameters, parameter, where),
  }
}

function parse(text: string, where: string): URL {
  const advice = 'in user and password, characters such as @ : / ? # % have to be percent-encoded'
  let url: URL
  try {
    url = new URL(text)
  } catch {
    throw usageError(`${where} is no URL of the form mysql://user:password@host:port/database; ${advice}`)
  }
  // Part of a password was taken for a host, a port or a path: it would stand in the next message.
  if (`${url.pathname}${url.search}${url.hash}`.includes('@'))
    throw usageError(`${where} has an @ after the host: ${advice}`)
  return url
}

function tls(
  parameters: ReadonlyMap<string, string>,
  parameter: (...names: string[]) => string | undefined,
  where: string,
): SslOptions | string | undefined {
  const words: { -readonly [Word in keyof TlsWords]: TlsWords[Word] } = {
    ca: parameter('ssl-ca', 'sslca', 'sslcert'),
    cert: parameter('ssl-cert'),
    key: parameter('ssl-key', 'sslkey'),
    mode: parameter('ssl-mode', 'ssl_mode', 'sslmode', 'sslaccept'),
  }
  const understood = [
    'ssl',
    'ssl-ca',
    'sslca',
    'sslcert',
    'ssl-cert',
    'ssl-key',
    'sslkey',
    'ssl-mode',
    'ssl_mode',
    'sslmode',
    'sslaccept',
  ]
  const unknown = [...parameters.keys()].find((name) => ABOUT_TLS.test(name) && !understood.includes(name))
  if (unknown !== undefined) {
    throw usageError(`${where}: the parameter ${unknown} is not understood; use ssl-mode, ssl-ca, ssl-cert, ssl-key`)
  }
  const ssl = parameter('ssl')
  if (ssl === undefined || OTHER_MODES.has(ssl)) {
    words.mode ??= ssl
    if (words.mode !== undefined) words.mode = OTHER_MODES.get(words.mode) ?? words.mode
    return tlsOptions(words, where)
  }
  // mysql2 would heed the one and not the others, among which may be the one that asks for verification.
  const other = understood.find((name) => name !== 'ssl' && parameter(name) !== undefined)
  if (other === undefined) return mysql2Ssl(ssl, where)
  throw usageError(`${where}: the parameters ssl (in mysql2's words) and ${other} cannot be used together`)
}

/** In mysql2's own words: an object in JSON, or the name of a set of certificates. */
function mysql2Ssl(ssl: string, where: string): SslOptions | string {
  if (!ssl.startsWith('{')) return ssl
  try {
    return JSON.parse(ssl) as SslOptions
  } catch {
    throw usageError(`${where}: the parameter ssl must be true, false, a JSON object, or a profile of mysql2`)
  }
}

function connectTimeout(ms: string | undefined, seconds: string | undefined, where: string): number | undefined {
  const timeout = ms === undefined ? Number(seconds ?? Number.NaN) * 1_000 : Number(ms)
  if (ms === undefined && seconds === undefined) return undefined
  if (timeout >= 0) return timeout
  throw usageError(`${where}: connect_timeout must be a number of seconds`)
}

function decode(text: string, where: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw usageError(`${where}: a % in it has to be written as %25`)
  }
}

function textOrNone(text: string): string | undefined {
  return text === '' ? undefined : text
}
