import assert from 'node:assert/strict'
import { inspectServer, refusalOf, type Row, type ServerFacts } from '@ormutex/core/sql'

const mysql: ServerFacts = {
  version: '8.4.0',
  versionNumbers: [8, 4, 0],
  flavour: 'mysql',
  product: 'MySQL',
  database: 'shop',
  connectionId: '7',
  readOnly: false,
  superReadOnly: false,
  innodbReadOnly: false,
  maxStatementTimeSeconds: 0,
  waitTimeoutSeconds: 28_800,
  galera: null,
  groupReplication: null,
}
const node = { clusterSize: 2, clusterStatus: 'Primary' }
const member = { singlePrimaryMode: true, memberState: 'ONLINE', memberRole: 'PRIMARY', memberCount: 3 }
const readOnly = { readOnly: true, superReadOnly: true }

const strict = (facts: Partial<ServerFacts>) => refusalOf({ ...mysql, ...facts }, { allowNodeLocalLocks: false })
const lenient = (facts: Partial<ServerFacts>) => refusalOf({ ...mysql, ...facts }, { allowNodeLocalLocks: true })

describe('a server', () => {
  const taken: readonly (readonly [what: string, facts: Partial<ServerFacts>])[] = [
    ['that stands alone', {}],
    ['that is the only node of its Galera cluster', { galera: { ...node, clusterSize: 1 } }],
    ['that is the primary of its group', { groupReplication: member }],
    [
      'that hides who is in its group',
      { groupReplication: { ...member, memberState: undefined, memberRole: undefined, memberCount: undefined } },
    ],
  ]
  for (const [what, facts] of taken) {
    it(`${what} is taken`, () => assert.equal(strict(facts), undefined))
  }

  const ofOneNode: readonly (readonly [what: string, facts: Partial<ServerFacts>, reason: RegExp])[] = [
    ['a Galera cluster of two', { galera: node }, /one of the 2 nodes of a Galera cluster/],
    [
      'a Galera cluster that does not tell its size',
      { galera: { ...node, clusterSize: undefined } },
      /a node of a Galera cl/,
    ],
    [
      'a group of several primaries',
      { groupReplication: { ...member, singlePrimaryMode: false } },
      /one of several primaries of a replication group/,
    ],
    [
      'no group, for which it is set up',
      { groupReplication: { ...member, memberState: 'OFFLINE', memberRole: undefined, memberCount: 0 } },
      /not in it \(it is OFFLINE\)/,
    ],
  ]
  for (const [where, facts, reason] of ofOneNode) {
    it(`in ${where} is refused unless allowNodeLocalLocks is true`, () => {
      assert.match(strict(facts)!, reason)
      assert.match(strict(facts)!, /allowNodeLocalLocks: true/)
      assert.equal(lenient(facts), undefined)
    })
  }

  const refused: readonly (readonly [what: string, facts: Partial<ServerFacts>, reason: RegExp])[] = [
    [
      'that is cut off from its Galera cluster',
      { galera: { clusterSize: 1, clusterStatus: 'non-Primary' } },
      /wsrep_cluster_status is non-Primary/,
    ],
    ['that does not tell whether it is', { galera: { clusterSize: 1, clusterStatus: undefined } }, /is not told/],
    ['that was put out of its group', { groupReplication: { ...member, memberState: 'ERROR' } }, /it is ERROR/],
    [
      'that has left its group',
      { ...readOnly, groupReplication: { ...member, memberState: 'OFFLINE' } },
      /it is OFFLINE/,
    ],
    [
      'that is a secondary',
      { ...readOnly, groupReplication: { ...member, memberRole: 'SECONDARY' } },
      /a secondary of/,
    ],
    ['that is a replica', readOnly, /read-only \(super_read_only is on\)/],
    ['that is read-only', { readOnly: true }, /read-only \(read_only is on\)/],
    ['that is a reader of Aurora', { innodbReadOnly: true }, /read-only \(innodb_read_only is on\)/],
    ['that is a read-only node', { readOnly: true, galera: { ...node, clusterSize: 1 } }, /read-only/],
    [
      'that is MySQL 5.7.4',
      { versionNumbers: [5, 7, 4] },
      /MySQL 5\.7\.4 holds one named lock.*MySQL 5\.7\.5 or later/,
    ],
    [
      'that is MariaDB 10.0.1',
      { product: 'MariaDB', flavour: 'mariadb', versionNumbers: [10, 0, 1] },
      /MariaDB 10\.0\.2 or later/,
    ],
    ['that is TiDB', { product: 'TiDB', versionNumbers: [8, 5, 0] }, /^TiDB has no UUID_SHORT\(\)/],
    ['that is Vitess', { product: 'Vitess', versionNumbers: [8, 0, 30] }, /^Vitess takes GET_LOCK\(\) only/],
    ['that is nobody knows what', { versionNumbers: undefined }, /does not tell its version/],
  ]
  for (const [what, facts, reason] of refused) {
    it(`${what} is refused in any case`, () => {
      assert.match(strict(facts)!, reason)
      assert.match(lenient(facts)!, reason)
    })
  }
})

describe('what a server is', () => {
  const told = async (variables: Record<string, string>, further: (sql: string) => readonly Row[] = () => []) => {
    const rows = Object.entries(variables).map(([name, value]) => ({ Variable_name: name, Value: value }))
    return inspectServer(async (sql) => {
      if (sql.startsWith('SHOW VARIABLES')) return rows
      return sql.startsWith('SELECT DATABASE()') ? [{ current_database: null, session_id: 7n }] : further(sql)
    })
  }
  const statusOf = (size: string, status: string) => () => [
    { Variable_name: 'wsrep_cluster_size', Value: size },
    { Variable_name: 'wsrep_cluster_status', Value: status },
  ]

  const versions: readonly (readonly [version: string, product: ServerFacts['product'], numbers: string])[] = [
    ['9.7.4-2', 'MySQL', '9.7.4'],
    ['8.0.36-28.1', 'MySQL', '8.0.36'],
    ['5.5.5-10.6.16-MariaDB-log', 'MariaDB', '10.6.16'],
    ['11.8.3-MariaDB', 'MariaDB', '11.8.3'],
    ['8.0.11-TiDB-v7.5.0', 'TiDB', '7.5.0'],
    ['5.7.25-TiDB-v6.0.0-alpha', 'TiDB', '6.0.0'],
    ['8.0.30-Vitess', 'Vitess', '8.0.30'],
    ['8.4', 'MySQL', '8.4.0'],
    ['9.7-build-10.0.1.2', 'MySQL', '9.7.0'],
  ]
  for (const [version, product, numbers] of versions) {
    it(`shows in its version: ${version} is ${product} ${numbers}`, async () => {
      const facts = await told({ version })
      assert.equal(facts.product, product)
      assert.equal(facts.flavour, product === 'MariaDB' ? 'mariadb' : 'mysql')
      assert.equal(facts.versionNumbers?.join('.'), numbers)
      assert.equal(facts.connectionId, '7')
    })
  }

  for (const [word, isReadOnly] of [
    ['OFF', false],
    ['0', false],
    ['ON', true],
    ['1', true],
    ['READ_ONLY_NO_LOCK', true],
  ] as const) {
    it(`is ${isReadOnly ? '' : 'not '}read-only when read_only is ${word}`, async () => {
      assert.equal((await told({ version: '12.1.2-MariaDB', read_only: word })).readOnly, isReadOnly)
    })
  }

  it('is a node of a cluster only where wsrep is on', async () => {
    assert.equal((await told({ version: '8.4.0', wsrep_on: 'OFF' })).galera, null)
    const facts = await told({ version: '10.11.6-MariaDB', wsrep_on: 'ON' }, statusOf('3', 'Primary'))
    assert.deepEqual(facts.galera, { clusterSize: 3, clusterStatus: 'Primary' })
  })

  const group = {
    version: '8.4.0',
    group_replication_group_name: '3bd9b1a4-0b1c-4f0a-9a39-07b2e2a3a7c1',
    group_replication_single_primary_mode: 'ON',
  }
  it('is a member of a group only where the plugin has one', async () => {
    assert.equal((await told({ ...group, group_replication_group_name: '' })).groupReplication, null)
    const members = [
      { is_own: 0, member_state: 'ONLINE', member_role: 'PRIMARY' },
      { is_own: 1, member_state: 'RECOVERING', member_role: 'SECONDARY' },
    ]
    assert.deepEqual((await told(group, () => members)).groupReplication, {
      singlePrimaryMode: true,
      memberState: 'RECOVERING',
      memberRole: 'SECONDARY',
      memberCount: 2,
    })
  })

  it('stays hidden as far as the account may not know it', async () => {
    const facts = await told(group, () => {
      throw Object.assign(new Error('denied'), { errno: 1142 })
    })
    assert.equal(facts.groupReplication?.memberState, undefined)
    assert.equal(strict({ ...facts }), undefined)
  })

  it('is not found out where the connection is gone', async () => {
    const gone = Object.assign(new Error('gone'), { code: 'PROTOCOL_CONNECTION_LOST' })
    await assert.rejects(
      told(group, () => {
        throw gone
      }),
      gone,
    )
  })
})
