import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ADAPTERS } from '@ormutex-test/torture'
import { planSchedule, readSchedule, requirementsOf, writeSchedule } from '@ormutex-test/torture/coordinator/schedule'
import { Random } from '@ormutex-test/torture/random'
import { planCall } from '@ormutex-test/torture/worker/call-plan'

const OPTIONS = { seed: 7, server: 'mysql', adapters: ADAPTERS, seconds: 45 } as const

describe('A schedule', () => {
  it('comes from the seed alone', () => {
    assert.deepEqual(planSchedule(OPTIONS), planSchedule(OPTIONS))
    assert.notDeepEqual(planSchedule(OPTIONS).lanes, planSchedule({ ...OPTIONS, seed: 9 }).lanes)
  })

  it('is the same when it was written and read', () => {
    const folder = mkdtempSync(join(tmpdir(), 'ormutex-schedule-'))
    const file = join(folder, 'schedule.json')
    writeSchedule(file, planSchedule(OPTIONS))
    assert.deepEqual(readSchedule(file), planSchedule(OPTIONS))
    rmSync(folder, { recursive: true })
  })

  it("has every fault of the coordinator's that must strike, in every phase, before any a second time", () => {
    for (const seed of [1, 2, 3]) {
      const { lanes } = planSchedule({ ...OPTIONS, seed })
      for (const lane of Object.values(lanes)) {
        const cells = lane.map(({ kind, phase }) => `${kind}/${phase}`)
        const different = new Set(cells).size
        assert.equal(new Set(cells.slice(0, different)).size, different)
        assert.ok(cells.length >= 2 * different)
      }
    }
  })

  it('asks of a run what its adapters can meet, and no jump of a clock that cannot be set', () => {
    const kinds = (adapters: typeof OPTIONS.adapters | readonly ['prisma'] | readonly ['knex'], canSetClock = true) =>
      new Set(requirementsOf(planSchedule({ ...OPTIONS, adapters }), canSetClock).map(({ kind }) => kind))
    assert.ok(kinds(ADAPTERS).has('prisma-timeout') && kinds(ADAPTERS).has('query-timeout'))
    assert.ok(!kinds(['knex']).has('prisma-timeout') && kinds(['knex']).has('query-timeout'))
    assert.ok(kinds(['prisma']).has('prisma-timeout') && !kinds(['prisma']).has('query-timeout'))
    assert.ok(kinds(ADAPTERS).has('clock-back') && !kinds(ADAPTERS, false).has('clock-back'))
  })
})

describe('The plan of a call', () => {
  const circumstances = {
    source: 'knex',
    role: 'plain',
    patience: 'brief',
    joinsOwnTransactions: true,
    due: [],
  } as const

  it('comes from the seed alone', () => {
    const plans = (seed: number) => {
      const random = new Random(seed, 'w1', 0)
      return Array.from({ length: 100 }, () => planCall(random, { ...circumstances, isOrderly: true }))
    }
    assert.deepEqual(plans(1), plans(1))
    assert.notDeepEqual(plans(1), plans(2))
  })

  it('asks for further locks in the order of the names only, where there are to be no deadlocks', () => {
    const random = new Random(1)
    const asksBack = (isOrderly: boolean): boolean =>
      Array.from({ length: 3_000 }, () => planCall(random, { ...circumstances, isOrderly })).some((plan) => {
        const held = [...plan.names, ...(plan.furtherName === undefined ? [] : [plan.furtherName])]
        const isBack = (name: string, before: readonly string[]): boolean => before.some((other) => other > name)
        return (
          (plan.furtherName !== undefined && isBack(plan.furtherName, plan.names)) ||
          (plan.nested !== undefined && isBack(plan.nested.names[0]!, held))
        )
      })
    assert.equal(asksBack(true), false)
    assert.equal(asksBack(false), true)
  })

  it('has the first that is due of what it can have, and nothing that would end it sooner', () => {
    const random = new Random(1)
    const due = ['prisma-timeout', 'query-timeout'] as const
    const incidents = (source: 'knex' | 'prisma-lockable', kind: string) => {
      const plans = Array.from({ length: 1_000 }, () =>
        planCall(random, { ...circumstances, source, isOrderly: true, due }),
      )
      for (const { incident, keepAliveMs, orphanTimeoutMs, holdTimeoutMs } of plans) {
        if (incident !== 'prisma-timeout' && incident !== 'query-timeout') continue
        assert.deepEqual([keepAliveMs, orphanTimeoutMs, holdTimeoutMs], [undefined, undefined, 6_000])
      }
      return [...new Set(plans.filter((plan) => plan.kind === kind).map(({ incident }) => incident))]
    }
    assert.deepEqual(incidents('knex', 'transaction'), ['query-timeout'])
    assert.deepEqual(incidents('prisma-lockable', 'joined'), ['prisma-timeout'])
    assert.ok(incidents('prisma-lockable', 'transaction').every((incident) => incident !== 'prisma-timeout'))
  })
})
