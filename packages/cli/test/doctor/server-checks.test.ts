import assert from 'node:assert/strict'
import type { ServerFacts } from '@ormutex/core/sql'
import { connection } from '../../dist/doctor/checks/connection.js'
import { proxy } from '../../dist/doctor/checks/proxy.js'
import { replicas } from '../../dist/doctor/checks/replicas.js'
import { role } from '../../dist/doctor/checks/role.js'
import { sameServer } from '../../dist/doctor/checks/same-server.js'
import { server } from '../../dist/doctor/checks/server.js'
import type { ServerIdentity } from '../../dist/doctor/identity.js'
import { factsOf } from './facts.js'
import { judged } from './judged.js'

const isolated = (different: Partial<ServerFacts> = {}, allowNodeLocalLocks = false) => ({
  facts: factsOf(different),
  allowNodeLocalLocks,
  replicating: 'no replica' as const,
})

describe('doctor: what the server is', () => {
  it('warns of a connection that others on the network can write to', () => {
    const answer = { target: 'app@db:3306', host: 'db', handshakeMs: 3, roundTripMs: 0.5, cipher: '' }
    judged(connection, answer, 'warn', /without TLS/, /Turn TLS on/)
    judged(connection, { ...answer, cipher: 'TLS_AES_256_GCM_SHA384' }, 'ok', /TLS \(TLS_AES_256_GCM_SHA384\)/)
    for (const host of ['127.0.0.1', 'localhost', '::1', undefined]) judged(connection, { ...answer, host }, 'ok')
  })

  it('is red on TiDB and Vitess, where the library cannot take locks', () => {
    judged(server, factsOf({ product: 'TiDB', version: '8.0.11-TiDB-v7.5.0' }), 'fail', /UUID_SHORT/, /MariaDB server/)
    judged(server, factsOf({ product: 'Vitess', version: '8.0.30-Vitess' }), 'fail', /GET_LOCK/, /MariaDB server/)
    judged(server, factsOf(), 'ok', /^MySQL 9\.7\.4 /)
    judged(server, factsOf({ product: 'MariaDB', version: '10.11.6-MariaDB' }), 'ok', /^10\.11\.6-MariaDB /)
  })

  it('is red wherever the library refuses, and says what to do', () => {
    judged(role, isolated({ version: '5.6.10', versionNumbers: [5, 6, 10] }), 'fail', /5\.7\.5/, /Upgrade MySQL/)
    judged(
      role,
      isolated({ superReadOnly: true, readOnly: true }),
      'fail',
      /super_read_only/,
      /Connect to the server that is written to/,
    )
    judged(role, isolated({ innodbReadOnly: true }), 'fail', /innodb_read_only/, /writer endpoint/)
  })

  it('is red on a node of a Galera cluster, unless all go to that one', () => {
    const galera = { clusterSize: 2, clusterStatus: 'Primary' }
    judged(role, isolated({ galera }), 'fail', /2 nodes/, /allowNodeLocalLocks/, /--allow-node-local-locks/)
    judged(role, isolated({ galera }, true), 'warn', /Galera cluster of 2/, /load balancer/)
    judged(role, isolated({ galera: { ...galera, clusterSize: 1 } }), 'warn', /only node/)
    judged(
      role,
      isolated({ galera: { ...galera, clusterStatus: 'non-Primary' } }, true),
      'fail',
      /cut off/,
      /primary component/,
    )
  })

  it("is green on a group's primary, with what a switch means, and red elsewhere", () => {
    const group = { singlePrimaryMode: true, memberState: 'ONLINE', memberRole: 'PRIMARY', memberCount: 3 }
    judged(role, isolated({ groupReplication: group }), 'warn', /primary of a Group Replication group of 3/, /switch/)
    judged(
      role,
      isolated({ groupReplication: { ...group, memberRole: 'SECONDARY' } }),
      'fail',
      /secondary/,
      /the group's primary/,
    )
    const multi = { ...group, singlePrimaryMode: false }
    judged(role, isolated({ groupReplication: multi }), 'fail', /several primaries/, /switch_to_single_primary_mode/)
    judged(role, isolated({ groupReplication: multi }, true), 'warn', /One of several primaries/)
    judged(role, isolated({ groupReplication: { ...group, memberState: 'RECOVERING' } }), 'fail', /RECOVERING/)
  })

  it('warns of a replica that takes writes, and says so when it cannot know', () => {
    judged(role, isolated(), 'ok', /no replica/)
    judged(role, { ...isolated(), replicating: 'replica' }, 'warn', /replicates from another server/)
    judged(role, { ...isolated(), replicating: 'hidden' }, 'ok', /hidden/, /REPLICATION CLIENT/)
  })

  it('tells what a failover to one of the replicas would mean', () => {
    judged(replicas, 2, 'ok', /2 replicas follow this server/, /mean nothing on the new primary/)
    judged(replicas, undefined, 'ok', /hidden/)
    assert.equal(replicas.judge(0), undefined)
  })

  it('is red when connections reach different servers', () => {
    const one: ServerIdentity = { uuid: 'a', hostname: 'db-1', port: '3306', serverId: '1', start: '1' }
    const other = { ...one, uuid: 'b', hostname: 'db-2' }
    const seen = { host: 'db', addresses: 1 }
    judged(sameServer, { ...seen, identities: [one, one] }, 'ok')
    judged(
      sameServer,
      { ...seen, identities: [one, other, one, other] },
      'fail',
      /4 connections reach 2 different/,
      /db-1.*db-2/,
    )
    // Cloned machines.
    judged(sameServer, { ...seen, identities: [one, { ...one, uuid: undefined, start: '2' }] }, 'fail')
    judged(sameServer, { ...seen, identities: [one, one], addresses: 3 }, 'warn', /db is the name of 3 addresses/)
    assert.equal(sameServer.judge({ ...seen, identities: [], addresses: 3 }), undefined)
  })

  it('is red behind a proxy that splits sessions, and says what to watch with any other', () => {
    judged(proxy, { greetedAs: '7', isKnownAs: '7', split: undefined }, 'ok', /None seen/)
    judged(proxy, { greetedAs: '7', isKnownAs: '12', split: undefined }, 'warn', /keeps sessions together/, /ProxySQL/)
    judged(proxy, { greetedAs: '7', isKnownAs: '12', split: 'It splits' }, 'fail', /It splits\. /, /session pooling/)
  })
})
