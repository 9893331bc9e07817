import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

interface ConnectorConnection {
  on(event: 'error', listener: () => void): void
  off(event: 'error', listener: () => void): void
}

type Connect = (this: ConnectorConnection) => Promise<unknown>

const failedAttempts = new WeakSet<object>()

/**
 * Works around two flaws of the mariadb connector that Prisma's adapter brings (measured with 3.4.5; 3.5.4 has none) that end the process when a connection breaks at
 * the moment in which it is being set up, with no lock anywhere near: the error with which `connect()` rejects is thrown away by a
 * second promise that nobody waits for; and until `connect()` is heard to have resolved, nobody listens for `error`. Nothing else
 * that goes unhandled is forgiven.
 *
 * @param from a module of the package whose connector is meant: another may be installed, too
 */
export function forgiveFailedConnects(from: string): void {
  const require = createRequire(from)
  const { prototype } = require(join(dirname(require.resolve('mariadb')), 'lib/connection.js')) as {
    prototype: { connect: Connect }
  }
  const { connect } = prototype
  prototype.connect = function () {
    this.on('error', ignore)
    const connecting = connect.call(this)
    connecting.then(
      () => setImmediate(() => this.off('error', ignore)),
      (error: object) => failedAttempts.add(error),
    )
    return connecting
  }
}

/** Whether an error that nobody has handled is one of those. */
export function isFailedConnect(error: unknown): boolean {
  return typeof error === 'object' && error !== null && failedAttempts.has(error)
}

function ignore(): void {}
