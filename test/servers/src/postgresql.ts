import { readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { serverEnvironment } from './installation.js'
import { initdbOf } from './peer-installation.js'
import type { PeerRecipe, PeerStart } from './peer-recipe.js'
import { unprivilegedAccount } from './unprivileged-account.js'

const USER = 'ormutex'
const DATABASE = 'postgres'
const PASSWORD_FILE = 'password'

export const postgresql: PeerRecipe = {
  account: unprivilegedAccount,
  job(installation, start) {
    const { bundle } = installation
    // The other account may not get to where the bundle is, but it does get to its own directory.
    const isCopied = bundle !== undefined && start.account !== undefined
    const command = isCopied
      ? join(start.directory, 'program', relative(bundle, installation.command))
      : installation.command
    const env = { ...serverEnvironment(), LC_ALL: 'C' }
    return {
      ...(isCopied ? { copies: { program: bundle } } : {}),
      ...(start.account === undefined ? {} : { account: start.account }),
      files: { [PASSWORD_FILE]: start.password },
      prepare: { file: initdbOf(command), args: initdbArguments(start), env },
      command: { file: command, args: serverArguments(start), env },
      // "Immediate shutdown": the server ends its processes, which are not in its group, and frees its shared memory.
      endSignal: 'SIGQUIT',
    }
  },
  ask: expectReady,
  url: ({ port, password }) => `postgresql://${USER}:${password}@127.0.0.1:${port}/${DATABASE}`,
}

function initdbArguments({ directory }: PeerStart): string[] {
  return [
    `--pgdata=${join(directory, 'data')}`,
    `--username=${USER}`,
    `--pwfile=${join(directory, PASSWORD_FILE)}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    // The machine may lack any other.
    '--locale=C',
    '--no-sync',
  ]
}

function serverArguments({ directory, port, settings }: PeerStart): string[] {
  const all = {
    listen_addresses: '127.0.0.1',
    port,
    // None: the path of the directory may be longer than a socket's may.
    unix_socket_directories: '',
    // As files in the data directory, which go with it however the server ends.
    dynamic_shared_memory_type: 'mmap',
    ...settings,
  }
  return ['-D', join(directory, 'data'), ...Object.entries(all).flatMap(([key, value]) => ['-c', `${key}=${value}`])]
}

/** The eighth line of the server's own file is its status (PostgreSQL's src/include/utils/pidfile.h). */
const STATUS_LINE = 7

async function expectReady({ directory }: PeerStart): Promise<void> {
  const lines = (await readFile(join(directory, 'data/postmaster.pid'), 'utf8')).split('\n')
  const status = lines[STATUS_LINE]?.trim()
  if (status !== 'ready') throw new Error(`expected the status ready, got ${JSON.stringify(status)}`)
}
