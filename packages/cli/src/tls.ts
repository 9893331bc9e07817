import { readFileSync } from 'node:fs'
import type { SslOptions } from 'mysql2'
import { usageError } from './cli-error.js'

/** What may be said about TLS, whether in a URL or in an option file. */
export interface TlsWords {
  readonly mode?: string | undefined
  readonly ca?: string | undefined
  readonly cert?: string | undefined
  readonly key?: string | undefined
  readonly cipher?: string | undefined
}

/** Not encrypted, not verified, verified up to a CA, verified with the host's name. */
const MODES: Record<string, SslOptions | null> = {
  DISABLED: null,
  // mysql2 cannot ask for TLS only where there is some, and this is what is said where nothing is.
  PREFERRED: null,
  REQUIRED: { rejectUnauthorized: false },
  VERIFY_CA: { rejectUnauthorized: true },
  VERIFY_IDENTITY: { rejectUnauthorized: true, verifyIdentity: true },
}

/** mysql2's `ssl`, as the `mysql` client's `--ssl-…` options would have it. @param where what to name in a message */
export function tlsOptions(words: TlsWords, where: string): SslOptions | undefined {
  const { ca, cert, key, cipher } = words
  const hasFiles = ca !== undefined || cert !== undefined || key !== undefined
  if (words.mode === undefined && !hasFiles && cipher === undefined) return undefined
  // A CA is there to be checked against.
  const mode = (words.mode ?? (ca === undefined ? 'REQUIRED' : 'VERIFY_CA')).toUpperCase().replaceAll('-', '_')
  if (!Object.hasOwn(MODES, mode)) {
    throw usageError(`${where}: the TLS mode must be one of ${Object.keys(MODES).join(', ')}`)
  }
  const verification = MODES[mode]
  if (verification === null || verification === undefined) return undefined
  return {
    ...verification,
    ...(ca === undefined ? {} : { ca: read(ca, where) }),
    ...(cert === undefined ? {} : { cert: read(cert, where) }),
    ...(key === undefined ? {} : { key: read(key, where) }),
    ...(cipher === undefined ? {} : { ciphers: cipher }),
  }
}

function read(file: string, where: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw usageError(`${where}: cannot read ${file} (${(error as NodeJS.ErrnoException).code})`)
  }
}
