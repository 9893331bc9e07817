import assert from 'node:assert/strict'
import { ownerOf } from '@ormutex-test/torture/accounts'
import { readLocks } from '@ormutex-test/torture/coordinator/database'

describe('The locks of a server', () => {
  // As MariaDB showed some 14 of its sessions in 14 000 looks, while others began and ended without end: no server does it when it is to.
  it("are nobody's where the server does not tell whose they are", async () => {
    const row = { key: 'a~1', status: 'PENDING', session: '3512', account: null }
    const query = async <Row>(): Promise<Row[]> => [row as Row]
    const locks = await readLocks({ query })
    assert.deepEqual(locks, [{ ...row, account: '' }])
    assert.deepEqual(
      locks.map(({ account }) => ownerOf(account)),
      [undefined],
    )
  })
})
