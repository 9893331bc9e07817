import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { fetchPeer, PEER_KINDS, startPeer, type PeerKind, until } from '@ormutex-test/servers'
import { installedPeer } from '@ormutex-test/servers/peer-installation'
import { isAlive } from '@ormutex-test/servers/process-alive'
import { askPostgresql } from './ask-postgresql.js'
import { askRedis } from './ask-redis.js'
import { fakePrograms } from './fake-programs.js'

const FETCH_TIMEOUT_MS = 15 * 60_000
const END_MS = 2_000

interface Peer {
  version: (url: string) => Promise<string>
  /** The server's process and the directory that it works in. */
  place: (url: string) => Promise<{ pid: number; directory: string }>
  /** A setting that is not the default, and how to ask for it. */
  setting: { name: string; value: string; read: (url: string) => Promise<string> }
}

const peers: Record<PeerKind, Peer> = {
  redis: {
    version: async (url) => /redis_version:(\S+)/.exec(await askRedis(url, 'INFO server'))?.[1] ?? '',
    async place(url) {
      const answer = await askRedis(url, 'INFO server', 'CONFIG GET dir')
      const directory = /\r\ndir\r\n\$\d+\r\n(.+)\r\n/.exec(answer)?.[1] ?? ''
      return { pid: Number(/process_id:(\d+)/.exec(answer)?.[1]), directory }
    },
    setting: {
      name: 'maxclients',
      value: '123',
      read: async (url) => /maxclients\r\n\$3\r\n(\d+)/.exec(await askRedis(url, 'CONFIG GET maxclients'))?.[1] ?? '',
    },
  },
  postgresql: {
    version: async (url) => (await askPostgresql(url, 'SHOW server_version')).split(' ')[0] ?? '',
    async place(url) {
      const directory = await askPostgresql(url, 'SHOW data_directory')
      return { pid: Number.parseInt(readFileSync(join(directory, 'postmaster.pid'), 'utf8'), 10), directory }
    },
    setting: {
      name: 'max_connections',
      value: '123',
      read: (url) => askPostgresql(url, 'SHOW max_connections'),
    },
  },
}

async function refuses(kind: PeerKind, url: string): Promise<boolean> {
  try {
    await peers[kind].version(url)
    return false
  } catch {
    return true
  }
}

for (const kind of PEER_KINDS) {
  const { version, place, setting } = peers[kind]

  describe(`a server of ${kind} to compare with`, function () {
    this.slow(3_000)

    before(async function () {
      this.timeout(FETCH_TIMEOUT_MS)
      await fetchPeer(kind, { log: (line) => console.log(line) })
    })

    it('answers whoever has the password, and leaves nothing when it is stopped', async () => {
      const server = await startPeer(kind)
      assert.equal(server.kind, kind)
      assert.equal(await version(server.url), server.version)
      const { pid, directory } = await place(server.url)
      assert.ok(isAlive(pid) && existsSync(directory))
      const other = new URL(server.url)
      other.password = 'other'
      assert.ok((await refuses(kind, other.href)) || (await version(other.href)) === '')

      await server.stop()
      assert.ok(await refuses(kind, server.url))
      assert.equal(isAlive(pid), false)
      assert.equal(existsSync(directory), false)
    })

    it('takes settings', async () => {
      const server = await startPeer(kind, { settings: { [setting.name]: setting.value } })
      try {
        assert.equal(await setting.read(server.url), setting.value)
      } finally {
        await server.stop()
      }
    })

    it('tells what it died of when it cannot start', async () => {
      await assert.rejects(startPeer(kind, { settings: { no_such_setting: 1 } }), /no_such_setting/)
    })

    it('ends when its parent is killed', async () => {
      const script = fileURLToPath(new URL('peer-parent.js', import.meta.url))
      const parent = spawn(process.execPath, [script, kind], { stdio: ['ignore', 'pipe', 'inherit'] })
      const [url] = (await once(createInterface({ input: parent.stdout }), 'line')) as [string]
      const { pid, directory } = await place(url)
      parent.kill('SIGKILL')
      await once(parent, 'exit')
      await until('nothing is left', () => !isAlive(pid) && !existsSync(directory), END_MS)
      assert.ok(await refuses(kind, url))
    })
  })
}

describe('a program of a server to compare with', () => {
  const REDIS = 'echo "Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.2.1 bits=64 build=0"'
  const POSTGRESQL = 'echo "postgres (PostgreSQL) 17.2 (Debian 17.2-1)"'

  it('says its version', async () => {
    const { folder, remove } = fakePrograms({ 'redis-server': REDIS, postgres: POSTGRESQL, initdb: '' })
    try {
      assert.equal((await installedPeer('redis', join(folder, 'redis-server'))).version, '7.0.15')
      assert.equal((await installedPeer('postgresql', join(folder, 'postgres'))).version, '17.2')
    } finally {
      remove()
    }
  })

  it('is none without what it needs beside it, and none that says something else', async () => {
    const { folder, remove } = fakePrograms({ 'redis-server': POSTGRESQL, postgres: POSTGRESQL })
    try {
      await assert.rejects(installedPeer('redis', join(folder, 'redis-server')), /expected a version of redis/)
      await assert.rejects(installedPeer('postgresql', join(folder, 'postgres')), /no initdb in/)
    } finally {
      remove()
    }
  })
})
