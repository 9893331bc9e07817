import { readFileSync } from 'node:fs'
import { usageError } from './cli-error.js'
import type { PartialSettings } from './partial-settings.js'
import { hideSecret } from './secrets.js'
import { tlsOptions } from './tls.js'

/** What every client program reads, MariaDB's names for it, and our own. As in those, the last line that says something wins. */
const GROUPS = new Set(['client', 'client-server', 'client-mariadb', 'ormutex'])

const ESCAPES: Record<string, string> = { n: '\n', t: '\t', r: '\r', b: '\b', s: ' ', '"': '"', "'": "'", '\\': '\\' }

/**
 * What a MySQL option file says about the connection; other options are for other programs.
 * See the MySQL Reference Manual, "Using Option Files", and `my_default.cc`.
 *
 * @throws {CliError} naming the file and the line, never its content
 */
export function settingsOfOptionFile(file: string): PartialSettings {
  const options = parseOptionFile(read(file), file)
  const password = options.get('password')
  if (password !== undefined) hideSecret(password, options.get('user'))
  const host = options.get('host')
  // As in the mysql client: a socket is for this machine.
  const isLocal = (host === undefined || host === 'localhost') && options.get('protocol')?.toLowerCase() !== 'tcp'
  return {
    host,
    port: port(options.get('port'), file),
    user: options.get('user'),
    password,
    database: options.get('database'),
    socketPath: isLocal ? options.get('socket') : undefined,
    connectTimeout: connectTimeout(options.get('connect-timeout'), file),
    ssl: tls(options, file),
  }
}

/** The options of our groups, their names with dashes. */
export function parseOptionFile(text: string, file: string): Map<string, string> {
  const options = new Map<string, string>()
  let isOurs = false
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const line = raw.trim()
    const refuse = (why: string): never => {
      throw usageError(`${file}, line ${index + 1}: ${why}`)
    }
    if (line === '' || line.startsWith('#') || line.startsWith(';')) continue
    if (line.startsWith('!'))
      refuse('!include and !includedir are not followed; name the file itself with --defaults-file')
    if (line.startsWith('[')) {
      const group = /^\[([^\]]*)\]/.exec(line)?.[1]?.trim()
      if (group === undefined) refuse('a group needs a closing ]')
      isOurs = GROUPS.has(group!)
      continue
    }
    if (!isOurs) continue
    const option = withoutComment(line)
    const equals = option.indexOf('=')
    const name = (equals === -1 ? option : option.slice(0, equals)).trim().toLowerCase().replaceAll('_', '-')
    if (equals === -1 && name === 'password') refuse('a password that is to be typed in; write password=…')
    options.set(name.replace(/^loose-/, ''), equals === -1 ? '' : unquote(option.slice(equals + 1).trim()))
  }
  return options
}

/** A # begins a comment wherever it stands outside of quotes. */
function withoutComment(line: string): string {
  let quote = ''
  for (let at = 0; at < line.length; at += 1) {
    const character = line[at]!
    if (quote !== '' && character === '\\') at += 1
    else if (quote === '' && character === '#') return line.slice(0, at)
    else if (character === quote) quote = ''
    else if (quote === '' && (character === '"' || character === "'")) quote = character
  }
  return line
}

function unquote(value: string): string {
  const isQuoted = value.length > 1 && (value.startsWith('"') || value.startsWith("'")) && value.endsWith(value[0]!)
  const inner = isQuoted ? value.slice(1, -1) : value
  return inner.replaceAll(/\\(.)/gs, (whole, character: string) => ESCAPES[character] ?? whole)
}

function port(text: string | undefined, file: string): number | undefined {
  if (text === undefined || text === '') return undefined
  const number = Number(text)
  // 0 is the client's word for the default.
  if (Number.isInteger(number) && number >= 0 && number <= 65_535) return number === 0 ? undefined : number
  throw usageError(`${file}: port must be a number from 1 to 65535`)
}

function connectTimeout(text: string | undefined, file: string): number | undefined {
  if (text === undefined || text === '') return undefined
  const seconds = Number(text)
  if (seconds >= 0) return seconds * 1_000
  throw usageError(`${file}: connect-timeout must be a number of seconds`)
}

function tls(options: ReadonlyMap<string, string>, file: string): PartialSettings['ssl'] {
  const isOff = options.has('skip-ssl') || /^(0|off|false)$/i.test(options.get('ssl') ?? '')
  const isVerified = /^(1|on|true|)$/i.test(options.get('ssl-verify-server-cert') ?? 'no')
  const isOn = options.has('ssl') && !isOff
  const mode =
    options.get('ssl-mode') ?? (isOff ? 'DISABLED' : isVerified ? 'VERIFY_IDENTITY' : isOn ? 'REQUIRED' : undefined)
  const [ca, cert, key, cipher] = ['ssl-ca', 'ssl-cert', 'ssl-key', 'ssl-cipher'].map((name) => options.get(name))
  return tlsOptions({ mode, ca, cert, key, cipher }, file)
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw usageError(`cannot read the option file ${file} (${(error as NodeJS.ErrnoException).code})`)
  }
}
