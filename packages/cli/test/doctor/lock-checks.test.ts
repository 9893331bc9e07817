import assert from 'node:assert/strict'
import { capacity } from '../../dist/doctor/checks/capacity.js'
import { exclusion } from '../../dist/doctor/checks/exclusion.js'
import { handOver, sessionEnd } from '../../dist/doctor/checks/hand-over.js'
import { idleTimeout, idleTransactions } from '../../dist/doctor/checks/idle-timeout.js'
import { kill } from '../../dist/doctor/checks/kill.js'
import { rowLocks } from '../../dist/doctor/checks/row-locks.js'
import { statementLimit } from '../../dist/doctor/checks/statement-limit.js'
import { visibility } from '../../dist/doctor/checks/visibility.js'
import { waiting } from '../../dist/doctor/checks/waiting.js'
import { judged } from './judged.js'

const settings = (values: Record<string, number>) =>
  new Map(Object.entries(values).map(([name, value]) => [name, String(value)]))

describe('doctor: what the server does to locks', () => {
  it('measures wait_timeout by the ping of held locks', () => {
    judged(idleTimeout, settings({ wait_timeout: 28_800 }), 'ok', /28800 s/, /orphanTimeoutMs/)
    judged(idleTimeout, settings({ wait_timeout: 60 }), 'ok')
    judged(idleTimeout, settings({ wait_timeout: 59 }), 'warn', /59 s/, /keepAliveMs to 19666/)
    assert.equal(idleTimeout.judge(settings({})), undefined)
  })

  it('speaks of other limits where they are set', () => {
    const none = settings({ idle_transaction_timeout: 0, idle_write_transaction_timeout: 0, max_execution_time: 0 })
    assert.equal(idleTransactions.judge(none), undefined)
    assert.equal(statementLimit.judge(none), undefined)
    const limits = settings({ idle_transaction_timeout: 300, idle_write_transaction_timeout: 20 })
    judged(idleTransactions, limits, 'warn', /20 s/, /idle_write_transaction_timeout/)
    judged(idleTransactions, settings({ idle_transaction_timeout: 300 }), 'ok', /idle_transaction_timeout is 300 s/)
    judged(
      statementLimit,
      settings({ max_execution_time: 1_500 }),
      'ok',
      /max_execution_time ends statements after 1\.5 s/,
    )
    judged(statementLimit, settings({ max_statement_time: 30 }), 'ok', /max_statement_time ends statements after 30 s/)
    judged(rowLocks, settings({ innodb_lock_wait_timeout: 50 }), 'ok', /50 s/)
  })

  it('warns when few connections are left, of the server or of the account', () => {
    const roomy = { max_connections: 100, threads_connected: 79 }
    judged(capacity, { settings: settings(roomy), ofAccount: 5 }, 'ok', /At most 100.*79 of them in use/)
    judged(
      capacity,
      { settings: settings({ ...roomy, threads_connected: 80 }), ofAccount: 5 },
      'warn',
      /max_connections/,
    )
    const limited = settings({ ...roomy, max_user_connections: 10 })
    judged(capacity, { settings: limited, ofAccount: 9 }, 'warn', /At most 10 .*9 of them/, /max_user_connections/)
    judged(capacity, { settings: limited, ofAccount: 5 }, 'ok', /At most 10 .*5 of them/)
  })

  it('says what this account cannot see, and whom it may end', () => {
    judged(visibility, [], 'ok')
    judged(visibility, ['No waiters.', 'No labels.'], 'warn', /No waiters\. No labels\./, /ls and watch/)
    judged(
      kill,
      { flavour: 'mysql', endsOwn: true, privileges: ['PROCESS'] },
      'ok',
      /grant CONNECTION_ADMIN, and SYSTEM_USER/,
    )
    judged(kill, { flavour: 'mariadb', endsOwn: true, privileges: [] }, 'ok', /grant CONNECTION ADMIN\./)
    for (const privilege of ['SUPER', 'CONNECTION_ADMIN', 'ALL PRIVILEGES']) {
      judged(kill, { flavour: 'mysql', endsOwn: true, privileges: [privilege] }, 'ok', /those of others/)
    }
    judged(kill, { flavour: 'mysql', endsOwn: false, privileges: ['SUPER'] }, 'warn', /cannot be ended/)
    judged(kill, { flavour: 'mysql', endsOwn: undefined, privileges: ['SUPER'] }, 'warn', /Not tried/)
  })
})

describe('doctor: the trial', () => {
  const held = { granted: false, seenHolder: '12' }
  const sound = { holderId: '12', others: [held, held, held], grantedAfterRelease: true }

  it('is red for a lock that two had, that nobody gave, or whose holder is unknown', () => {
    judged(exclusion, sound, 'ok', /refused on 3 others/)
    judged(exclusion, { ...sound, others: [held, { ...held, granted: true }] }, 'fail', /granted to 1 of 2 others/)
    judged(exclusion, { ...sound, holderId: undefined }, 'fail', /not granted/)
    judged(exclusion, { ...sound, others: [{ ...held, seenHolder: undefined }] }, 'fail', /IS_USED_LOCK/)
    judged(exclusion, { ...sound, grantedAfterRelease: false }, 'fail', /given back/)
  })

  it('measures a wait against what the library promises', () => {
    judged(waiting, { granted: false, waitedMs: 302 }, 'ok', /after 302 ms/)
    judged(waiting, { granted: false, waitedMs: 1_000 }, 'warn', /off by more than 50 ms/)
    judged(waiting, { granted: false, waitedMs: 1 }, 'warn')
    judged(waiting, { granted: true, waitedMs: 1 }, 'fail')
  })

  it('is red when a released lock, or that of a closed connection, does not come free', () => {
    judged(handOver, { granted: true, afterMs: 0.754 }, 'ok', /0\.75 ms/)
    judged(sessionEnd, { granted: true, afterMs: 1.26 }, 'ok', /1\.3 ms/)
    for (const check of [handOver, sessionEnd]) {
      judged(check, { granted: false, afterMs: 2_000 }, 'fail', /2000 ms/)
      judged(check, { granted: 'early', afterMs: 0 }, 'fail', /while another connection had it/)
    }
  })
})
