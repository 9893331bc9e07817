// For a test that fails once in a hundred runs: npx mocha --import=./scripts/late-writes.mjs <file>
// What this process sends over TCP is late now and then. The order on one connection stays, between two it does not: a test that relies on whose
// statement comes first fails soon. LATE_SHARE (0 to 1, default 0.4) of the writes are late, by up to LATE_MS (default 25).
import net from 'node:net'

const share = Number(process.env.LATE_SHARE ?? 0.4)
const longestMs = Number(process.env.LATE_MS ?? 25)

for (const method of ['_write', '_writev']) {
  const write = net.Socket.prototype[method]
  net.Socket.prototype[method] = function (...args) {
    if (this.remotePort === undefined || Math.random() >= share) return write.apply(this, args)
    setTimeout(() => {
      // As a stream is told whose write was overtaken by its end.
      if (this.destroyed) args.at(-1)(new Error('The socket was destroyed before this was written'))
      else write.apply(this, args)
    }, Math.random() * longestMs)
  }
}
