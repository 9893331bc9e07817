import assert from 'node:assert/strict'
import { startGalera, startGroup, startReplica } from '@ormutex-test/servers'
import { administer, urlOf } from '../account.js'
import { startBalancer } from './balancer.js'
import { examined, found, redOnes } from './examined.js'

describe('ormutex doctor on clusters', function () {
  this.timeout(120_000)
  this.slow(15_000)

  it('is red on a node of Galera, green when all go to that one, and red when they do not', async () => {
    const cluster = await startGalera()
    const balancer = await startBalancer(cluster.nodes)
    try {
      const [node] = cluster.nodes
      const spread = urlOf(node!, balancer.port, node!.database)
      const [refused, allowed, balanced] = await Promise.all([
        examined(node!.url),
        examined(node!.url, '--allow-node-local-locks'),
        examined(spread, '--allow-node-local-locks'),
      ])
      assert.deepEqual(redOnes(refused), ['role'])
      found(refused, 'role', 'fail', /one of the 2 nodes of a Galera cluster.*--allow-node-local-locks/)
      assert.deepEqual(redOnes(allowed), [], allowed.output)
      found(allowed, 'role', 'warn', /cluster of 2, allowed because you say/)
      found(balanced, 'same-server', 'fail', /4 connections reach 2 different servers/)
      found(balanced, 'exclusion', 'fail', /granted to 2 of 3 others/)
    } finally {
      balancer.close()
      await cluster.stop()
    }
  })

  it('is red on a replica, warns of one that takes writes, and says on the primary what a failover means', async () => {
    const replication = await startReplica()
    try {
      const { primary, replica } = replication
      const [onPrimary, onReplica] = await Promise.all([examined(primary.url), examined(replica.url)])
      assert.deepEqual(redOnes(onPrimary), [], onPrimary.output)
      found(onPrimary, 'replicas', 'ok', /^One replica follows this server.*mean nothing on the new primary/)
      assert.deepEqual(redOnes(onReplica), ['role'])
      found(onReplica, 'role', 'fail', /super_read_only/)
      await administer(replica, 'SET GLOBAL super_read_only = 0', 'SET GLOBAL read_only = 0')
      const writable = await examined(replica.url)
      assert.deepEqual(redOnes(writable), [], writable.output)
      found(writable, 'role', 'warn', /replicates from another server and takes writes/)
    } finally {
      await replication.stop()
    }
  })

  it('is green on the primary of a group, with a warning of what a switch means, and red on a secondary', async () => {
    const group = await startGroup({ members: 2 })
    try {
      const primary = await group.primary()
      const secondary = group.members.find((member) => member !== primary)!
      const [onPrimary, onSecondary] = await Promise.all([examined(primary.url), examined(secondary.url)])
      assert.deepEqual(redOnes(onPrimary), [], onPrimary.output)
      found(onPrimary, 'role', 'warn', /primary of a Group Replication group of 2.*switch/)
      assert.deepEqual(redOnes(onSecondary), ['role'])
      found(onSecondary, 'role', 'fail', /secondary of a replication group.*Connect to the group's primary/)
    } finally {
      await group.stop()
    }
  })
})
