import assert from 'node:assert/strict'
import { startFaultProxy, type FaultProxy } from '@ormutex/testkit/fault-proxy'
import { Relay } from './support/relay.js'
import { serverKinds, sharedServer } from './support/server.js'
import { Stage } from './support/stage.js'
import { elapsed, eventually } from './support/timing.js'

for (const kind of serverKinds) {
  describe(`a server that restarts, ${kind}`, function () {
    this.timeout(60_000)
    let stage: Stage
    let relay: Relay
    let proxy: FaultProxy
    const errors: Error[] = []
    beforeEach(async () => {
      stage = await Stage.set(kind)
      relay = await Relay.to(await sharedServer(kind))
      proxy = await startFaultProxy({ host: relay.host, port: relay.port, onError: (error) => errors.push(error) })
    })
    afterEach(async () => {
      await stage.strike()
      await proxy.close()
      await relay.interrupt()
      assert.deepEqual(errors, [])
    })

    it('ends its clients, except one that is frozen', async () => {
      const [client, frozen] = [await stage.connectTo(proxy), await stage.connectTo(proxy)]
      const session = proxy.session(String(frozen.threadId))
      session?.freeze()
      const [ended, thawed] = [client, frozen].map((each) => new Promise((resolve) => each.once('error', resolve)))
      await relay.interrupt()
      await ended
      await eventually(() => proxy.connections === 1, 'client gone')
      assert.equal(session?.isLive, true)
      session?.thaw()
      await thawed
      await eventually(() => proxy.connections === 0, 'both gone')
    })

    it('refuses clients at once while it is down, and takes them when it is back', async () => {
      await relay.interrupt()
      const before = resources()
      const refusals = Array.from({ length: 50 }, () => assert.rejects(stage.connectTo(proxy), { code: 'ECONNRESET' }))
      const took = await elapsed(Promise.all(refusals))
      assert.ok(took < 1000, `took ${took} ms`)
      assert.equal(proxy.connections, 0)
      await eventually(() => resources() <= before, `${resources()} sockets and timers as before: ${before}`)
      await relay.resume()
      await (await stage.connectTo(proxy)).query('SELECT 1')
    })
  })
}

function resources(): number {
  return process.getActiveResourcesInfo().filter((name) => /^(TCP|Timeout)/.test(name)).length
}
