import assert from 'node:assert/strict'
import { Pipe } from './support/pipe.js'
import { eventually } from './support/timing.js'
import { closePrepared, execute, LAST_PREPARED, prepare, preparedOk } from './support/wire.js'

describe('a prepared statement', () => {
  let pipe: Pipe
  beforeEach(async () => {
    pipe = await Pipe.lay()
  })
  afterEach(() => pipe.remove())

  const executed = () => pipe.proxy.statements.filter((statement) => statement.kind === 'execute').map(({ sql }) => sql)

  it('is known by the id the server gave it, until it is closed', async () => {
    await pipe.shakeHands()
    pipe.client.send(prepare('SELECT ?'))
    await pipe.server.take(prepare('SELECT ?').length)
    pipe.server.send(preparedOk())
    await pipe.client.take(preparedOk().length)
    pipe.client.send(Buffer.concat([execute(7), execute(8), closePrepared(7), execute(7)]))
    await eventually(() => executed().length === 3, 'three executions seen')
    assert.deepEqual(executed(), ['SELECT ?', '(execute)', '(execute)'])
  })

  it('is known as the one prepared last to a client that does not wait for its id', async () => {
    await pipe.shakeHands()
    pipe.client.send(Buffer.concat([prepare('SELECT ?'), execute(LAST_PREPARED)]))
    await eventually(() => executed().length === 1, 'execution seen')
    assert.deepEqual(executed(), ['SELECT ?'])
  })
})
