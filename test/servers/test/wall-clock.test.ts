import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createConnection, type Connection, type RowDataPacket } from 'mysql2/promise'
import { FLAVOURS, startServer, type TestServer, until } from '@ormutex-test/servers'
import { compilerWays, wallClockLibrary } from '@ormutex-test/servers/wall-clock-library'
import { ask } from './ask.js'
import { fakePrograms } from './fake-programs.js'

const FETCH_TIMEOUT_MS = 15 * 60_000
const JUMP_MS = 60_000
/** How far from the truth a clock may be, for the time that asking takes. */
const NEAR_MS = 500

const WAITERS = "SELECT COUNT(*) FROM information_schema.processlist WHERE state = 'User lock'"

async function assertOffset(url: string, offsetMs: number): Promise<void> {
  const offset = 1_000 * Number(await ask(url, 'SELECT UNIX_TIMESTAMP(NOW(6))')) - Date.now()
  assert.ok(Math.abs(offset - offsetMs) < NEAR_MS, `expected a clock that is off by ${offsetMs} ms, not by ${offset}`)
}

/** Waits for a lock that is taken, lets the clock jump meanwhile, and tells whether the wait has ended `askMs` later. */
async function waitEnds(
  { url, setClock }: ServerWithClock,
  { waitSeconds, jumpMs, askMs }: { waitSeconds: number; jumpMs: number; askMs: number },
): Promise<boolean> {
  const holder = await createConnection({ uri: url })
  const waiter = await createConnection({ uri: url })
  // Whose connection had the last one may not have gone yet.
  const name = `clock ${(waits += 1)}`
  const lock = async (connection: Connection, seconds: number): Promise<unknown> => {
    const [rows] = await connection.query<RowDataPacket[]>('SELECT GET_LOCK(?, ?) AS granted', [name, seconds])
    return rows[0]!['granted']
  }
  try {
    assert.equal(await lock(holder, 0), 1)
    const waiting = lock(waiter, waitSeconds).then(() => true)
    await until('it waits', async () => (await ask(url, WAITERS)) === '1')
    await setClock(jumpMs)
    return await Promise.race([waiting, sleep(askMs, false)])
  } finally {
    await holder.query('SELECT RELEASE_LOCK(?)', [name])
    await holder.end()
    await waiter.end()
  }
}

let waits = 0

type ServerWithClock = TestServer & { setClock: NonNullable<TestServer['setClock']> }

const hasClock = (server: TestServer): server is ServerWithClock => server.setClock !== undefined

describe("a server's clock", function () {
  this.slow(4_000)

  const servers: TestServer[] = []
  const lines: string[] = []

  /** Of both flavours at the same time, since most of it is waiting. */
  const ofEach = async (work: (server: ServerWithClock) => Promise<void>) => {
    await Promise.all(
      servers.filter(hasClock).map(async (server) => {
        try {
          await work(server)
        } catch (error) {
          throw new Error(`on ${server.flavour}`, { cause: error })
        }
      }),
    )
  }

  before(async function () {
    this.timeout(FETCH_TIMEOUT_MS)
    for (const flavour of FLAVOURS) {
      servers.push(await startServer(flavour, { clock: true, log: (line) => lines.push(line) }))
    }
  })
  afterEach(() => ofEach(({ setClock }) => setClock(0)))
  after(() => Promise.all(servers.map((server) => server.stop())))

  it('is one that can be set, or else the log has the reason', () => {
    if (servers.every(hasClock)) return
    const reason = lines.find((line) => /the (server's clock|clock of a server from \w+) cannot be set/.test(line))
    assert.ok(reason !== undefined)
    console.log(reason)
  })

  it('jumps at once', async () => {
    await ofEach(async ({ url, setClock }) => {
      await assertOffset(url, 0)
      for (const offsetMs of [JUMP_MS, -JUMP_MS, 1_500, 0]) {
        await setClock(offsetMs)
        await assertOffset(url, offsetMs)
      }
    })
  })

  it('stays as it is while the server is halted', async () => {
    await ofEach(async (server) => {
      await server.setClock(-JUMP_MS)
      await server.halt()
      await server.resume()
      await assertOffset(server.url, -JUMP_MS)
    })
  })

  it('ends a wait for a lock when it is set forward', async () => {
    await ofEach(async (server) => {
      assert.ok(await waitEnds(server, { waitSeconds: 10, jumpMs: JUMP_MS, askMs: 3_000 }))
    })
  })

  it('draws a wait for a lock out when it is set back', async () => {
    await ofEach(async (server) => {
      assert.equal(await waitEnds(server, { waitSeconds: 2, jumpMs: -JUMP_MS, askMs: 2_800 }), false)
    })
  })

  it('does not change how long a wait takes that begins after it was set', async () => {
    await ofEach(async (server) => {
      await server.setClock(JUMP_MS)
      const startedAt = performance.now()
      assert.ok(await waitEnds(server, { waitSeconds: 1, jumpMs: JUMP_MS, askMs: 3_000 }))
      const ms = performance.now() - startedAt
      assert.ok(ms >= 1_000, `after ${ms} ms`)
    })
  })

  it('is set by whole milliseconds', async () => {
    await ofEach(async ({ url, setClock }) => {
      await assert.rejects(setClock(0.5), /expected whole milliseconds of at most 24 days, got 0.5/)
      await assert.rejects(setClock(2 ** 31), RangeError)
      await assertOffset(url, 0)
    })
  })
})

describe('what a server needs for a clock that can be set', () => {
  const inFolder = async (env: NodeJS.ProcessEnv) => {
    const folder = mkdtempSync(join(tmpdir(), 'ormutex-clock-'))
    const lines: string[] = []
    try {
      const waysTo = (library: string) => compilerWays(library).slice(0, 1)
      const library = await wallClockLibrary((line) => lines.push(line), { folder, env, waysTo })
      return { library, text: lines.join('\n') }
    } finally {
      rmSync(folder, { recursive: true })
    }
  }

  it('comes from the first compiler that works', async () => {
    const { folder, remove } = fakePrograms({ cc: 'exit 7', gcc: 'touch "$5"' })
    try {
      const { library, text } = await inFolder({ PATH: folder })
      assert.match(library ?? '', /\.so$/)
      assert.equal(text, '')
    } finally {
      remove()
    }
  })

  it('is told to be missing, and why, where no compiler works', async () => {
    const { folder, remove } = fakePrograms({ cc: 'exit 7' })
    try {
      const { library, text } = await inFolder({ PATH: folder })
      assert.equal(library, undefined)
      assert.match(text, /^the server's clock cannot be set: no compiler to be had; tried were\n.*exit code 7/)
    } finally {
      remove()
    }
  })
})
