import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { FLAVOURS, until } from '@ormutex-test/servers'
import { namedLocks } from '@ormutex/mysql2'
import type { ResultSetHeader } from 'mysql2/promise'
import { Database } from './database.js'
import { endExamples, Example } from './example.js'

const SOURCE = new URL('../src/leader.ts', import.meta.url)
const LEADS = /(\d+) leads with token (\d+)/g

for (const flavour of FLAVOURS) {
  describe(`Leader on ${flavour}`, function () {
    this.timeout(60_000)
    let database: Database

    before(async () => {
      database = await Database.open(flavour)
    })
    afterEach(endExamples)
    after(() => database.close())

    /** Who led, in the order of their tokens. */
    function reigns(candidates: Example[]): { pid: number; token: bigint }[] {
      const all = candidates.flatMap(({ output }) =>
        [...output.matchAll(LEADS)].map(([, pid, token]) => ({ pid: Number(pid), token: BigInt(token!) })),
      )
      return all.toSorted((a, b) => (a.token < b.token ? -1 : 1))
    }

    async function schedule(): Promise<{ token: bigint; ticks: number }> {
      const [row] = (await database.rows('SELECT CAST(token AS CHAR) AS token, ticks FROM schedule')) as [
        { token: string; ticks: number },
      ]
      return { token: BigInt(row.token), ticks: row.ticks }
    }

    it('one leads; when it is killed, told to stop, or loses its connection, another one does', async () => {
      const candidates = Array.from({ length: 3 }, () => new Example('leader', { url: database.url }))
      const leader = async (reign: number): Promise<Example> => {
        await until(`reign ${reign} begins`, () => reigns(candidates).length === reign)
        const { pid, token } = reigns(candidates).at(-1)!
        await until('the leader works', async () => (await schedule()).token === token)
        return candidates.find(({ child }) => child.pid === pid)!
      }

      const first = await leader(1)
      await database.lockAwaitedBy(2)
      assert.equal(reigns(candidates).length, 1)
      first.child.kill('SIGKILL')

      const second = await leader(2)
      assert.notEqual(second, first)
      second.child.kill('SIGTERM')
      assert.match(await second.succeeded(), /\d+ has stopped\n$/)

      const third = await leader(3)
      assert.equal(new Set([first, second, third]).size, 3)
      const holder = await namedLocks(database.pool, { namespace: 'shop' }).namedLockHolder('leader')
      await database.pool.query(`KILL ${holder!.sessionId}`)
      await third.printed(/does not lead: LOCK_LOST/)
      assert.equal(await leader(4), third)

      const last = new Example('leader', { url: database.url })
      await database.lockAwaitedBy(1)
      for (const process of [last, third]) {
        process.child.kill('SIGTERM')
        assert.match(await process.succeeded(), /\d+ has stopped\n$/)
      }
      assert.equal(reigns([...candidates, last]).length, 4)
    })

    it('what a former leader sends late changes nothing', async () => {
      const candidate = new Example('leader', { url: database.url })
      await until('it works', async () => (await schedule()).token === reigns([candidate])[0]?.token)
      const { token } = await schedule()
      const [, update] = /'(UPDATE .*?)'/.exec(readFileSync(SOURCE, 'utf8'))!
      const stale = (token - 1n).toString()
      const [late] = await database.pool.execute<ResultSetHeader>(update!, [stale, stale])
      assert.equal(late.affectedRows, 0)
    })

    if (flavour !== 'mysql') return

    it('without the lock all of them lead', async () => {
      const candidates = Array.from({ length: 2 }, () => new Example('leader', { url: database.url, unlocked: true }))
      await Promise.all(candidates.map((candidate) => candidate.printed(/leads/)))
    })
  })
}
