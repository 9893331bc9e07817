import assert from 'node:assert/strict'
import type { ReplicationGroup, TestServer } from '@ormutex-test/servers'
import { ask, eventually } from './asking.js'
import { counterOn, raise } from './counters.js'

export async function newPrimary(group: ReplicationGroup, old: TestServer): Promise<TestServer> {
  return eventually('a new primary', async () => {
    const primary = await group.primary()
    return primary === old ? undefined : primary
  })
}

export async function isWaitingToSwitch(primary: TestServer): Promise<true | undefined> {
  const threads = await ask(
    primary,
    "SELECT 1 FROM performance_schema.threads WHERE PROCESSLIST_STATE LIKE 'Primary Switch: waiting for pending transactions%'",
  )
  return threads.length > 0 ? true : undefined
}

/** Sees that a member has found out that it is not the primary any more. */
export async function takesNoWrites(member: TestServer): Promise<void> {
  await eventually('a member that is read-only', async () => {
    const answer = await ask(member, 'SELECT 1 FROM DUAL WHERE @@super_read_only')
    return answer.length > 0 ? true : undefined
  })
}

export async function hasMembers(member: TestServer, count: number): Promise<void> {
  await eventually(`a group of ${count}`, async () => {
    const online = await ask(
      member,
      "SELECT 1 FROM performance_schema.replication_group_members WHERE MEMBER_STATE = 'ONLINE'",
    )
    return online.length === count ? true : undefined
  })
}

let markers = 0

/** Sees that a counter is the same on all of these members, when each of them has everything that its primary has now. */
export async function hasCounter(
  group: ReplicationGroup,
  members: readonly TestServer[],
  name: string,
  expected: number | undefined,
): Promise<void> {
  const marker = `marker-${(markers += 1)}`
  await ask(await group.primary(), raise(marker, 1))
  for (const member of members) {
    await eventually(`what was written last, on ${member.port}`, () => counterOn(member, marker))
    assert.equal(await counterOn(member, name), expected, `${name} on ${member.port}`)
  }
}
