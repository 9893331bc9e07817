import type { Account } from './guardian-protocol.js'
import { run } from './run.js'

/** Of the accounts without rights the one that every system has. */
const NAME = 'nobody'

/** Whom root runs a server as that refuses to run as root; nothing for anybody else, who runs it as oneself. */
export async function unprivilegedAccount(): Promise<Account | undefined> {
  if (process.getuid?.() !== 0) return undefined
  const uid = Number(await run('id', ['-u', NAME]))
  const gid = Number(await run('id', ['-g', NAME]))
  return { uid, gid }
}
