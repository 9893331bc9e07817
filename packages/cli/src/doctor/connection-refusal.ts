import { fail, type Verdict } from './check.js'
import { sentenceOf } from './sentence-of.js'

/** What to do about an error of connecting, by its code. */
const ADVICE: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'Nobody listens there: start the server, or correct host and port.',
  ENOENT: 'There is no such socket: start the server, or correct its path.',
  ENOTFOUND: 'Correct the host: nobody has that name.',
  EAI_AGAIN: 'Name resolution does not work at the moment; try again, or give an address.',
  ETIMEDOUT: 'A firewall, or the wrong address: nothing came back from there.',
  EHOSTUNREACH: 'A firewall, or the wrong address: no way leads there.',
  ER_ACCESS_DENIED_ERROR: 'Correct user and password, and mind from which host the account may come.',
  ER_DBACCESS_DENIED_ERROR: 'Grant the account a right on that database, or name none: locks belong to no database.',
  ER_BAD_DB_ERROR: 'Name a database that is there, or none.',
  ER_CON_COUNT_ERROR: 'Raise max_connections, or end some connections: the doctor opens up to five.',
  ER_TOO_MANY_USER_CONNECTIONS: 'Raise max_user_connections for this account: the doctor opens up to five connections.',
  ER_USER_LIMIT_REACHED: "Raise the account's limit of connections: the doctor opens up to five.",
  HANDSHAKE_NO_SSL_SUPPORT: 'The server has no TLS: turn it on there, or off in the URL or option file.',
  HANDSHAKE_SSL_ERROR: "The server's certificate was refused: name its authority (ssl-ca), or correct the host.",
}

const OTHERWISE =
  'Get a connection with the mysql client first: then the same host, port, account and TLS will do here.'

/** Why there is no connection, or none that answers. */
export function connectionRefusal(target: string, error: unknown): Verdict {
  return fail(`${target}: ${sentenceOf(error)}`, { advice: ADVICE[codeOf(error) ?? ''] ?? OTHERWISE })
}

function codeOf(error: unknown): string | undefined {
  const code = (error as NodeJS.ErrnoException | null)?.code
  return typeof code === 'string' ? code : undefined
}
