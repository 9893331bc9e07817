import assert from 'node:assert/strict'
import { FLAVOURS, sharedServer } from '@ormutex-test/servers'
import { type SplittingMode, startSplittingProxy } from '@ormutex/testkit/splitting-proxy'
import { type Connection, createConnection, type RowDataPacket } from 'mysql2/promise'

for (const flavour of FLAVOURS) {
  /** Runs a test with two clients of a proxy. */
  const behind = async (mode: SplittingMode, test: (one: Connection, other: Connection) => Promise<void>) => {
    const proxy = await startSplittingProxy({ ...(await sharedServer(flavour)), mode })
    const { host, port } = proxy
    const connect = () => createConnection({ host, port, user: 'anybody', password: 'anything' })
    const clients = [await connect(), await connect()] as const
    try {
      await test(...clients)
    } finally {
      for (const client of clients) client.destroy()
      await proxy.close()
    }
  }
  const idOf = async (client: Connection): Promise<number> =>
    (await client.query<RowDataPacket[]>('SELECT CONNECTION_ID() AS id'))[0][0]!['id']

  describe(`a proxy that splits sessions of ${flavour}`, () => {
    it('gives each statement another session', async () => {
      await behind('statement', async (client) => {
        const ids = [await idOf(client), await idOf(client)]
        assert.notEqual(ids[0], ids[1])
        assert.ok(!ids.includes(client.threadId))
      })
    })

    it('gives each transaction a session, and a client that is alone the same one time and again', async () => {
      await behind('transaction', async (client, other) => {
        const id = await idOf(client)
        assert.equal(await idOf(client), id)
        await client.query('BEGIN')
        assert.notEqual(await idOf(other), id)
        assert.equal(await idOf(client), id)
        await client.query('COMMIT AND CHAIN')
        assert.notEqual(await idOf(other), id)
        await client.query('COMMIT')
        assert.equal(await idOf(other), id)
      })
    })

    it('keeps a session for a client that takes a lock, where it is to do that', async () => {
      await behind('pinned', async (client, other) => {
        assert.equal(await idOf(client), await idOf(other))
        await client.query(`SELECT GET_LOCK('kept', 0)`)
        const id = await idOf(client)
        assert.notEqual(await idOf(other), id)
        assert.equal(await idOf(client), id)
      })
    })

    it('lets prepared statements run on whichever session it is', async () => {
      await behind('statement', async (client) => {
        const prepared = await client.prepare('SELECT CONNECTION_ID() AS id, ? AS given')
        const ids = new Set<unknown>()
        for (const given of ['a', 'b', 'c', 'd']) {
          const [[row]] = (await prepared.execute([given])) as unknown as [RowDataPacket[]]
          assert.equal(row?.['given'], given)
          ids.add(row['id'])
        }
        assert.equal(ids.size, 2)
        await assert.rejects(client.prepare('SELECT'), { errno: 1064 })
      })
    })

    it('answers what it does not know with an error, and a session that ended with the end of the connection', async () => {
      await behind('pinned', async (client, other) => {
        await client.ping()
        await assert.rejects(client.changeUser({ user: 'root' }), { errno: 1047 })
        await client.query(`SELECT GET_LOCK('ended', 0)`)
        await other.query(`KILL ${await idOf(client)}`)
        await assert.rejects(client.query('SELECT 1'))
      })
    })
  })
}
