import fc from 'fast-check'
import { aCall, aFault, aLoss, anEvent, aScenario, LOSSES } from './arbitraries.js'
import { explore } from './explore.js'

describe('a release against the loss of the connection', () => {
  const calls = fc.array(aCall({}), { minLength: 1, maxLength: 3 })

  it('resolves, and costs the connection, when the answer is lost or an error', async () => {
    const faults = fc.tuple(aFault(['RELEASE_LOCK', 'ROLLBACK'], [...LOSSES, 'error']))
    await explore(aScenario({ calls, faults }), 500, ['granted'])
  })

  it('is no harm to anybody when the connection goes at any time', async () => {
    const events = fc.array(anEvent(aLoss), { minLength: 1, maxLength: 2 })
    await explore(aScenario({ calls, events }), 500, ['granted', 'LOCK_LOST'])
  })

  it('tells a caller whether it is committed, unless nobody knows', async () => {
    const faults = fc.tuple(aFault(['COMMIT', 'INSERT', 'BEGIN'], [...LOSSES, 'error']))
    await explore(aScenario({ calls, faults }), 500, ['granted', 'LOCK_LOST', 'COMMIT_UNKNOWN', 'other error'])
  })
})
