const path = require('node:path')
const { inspect } = require('node:util')

const root = path.join(__dirname, '..', '..')
const modules = path.join(root, 'node_modules')

/**
 * Calls back for each rejection that nobody handles: it would end the process of whoever uses the library, and mocha passes over it in silence.
 */
module.exports = function onUnheardRejection(callback) {
  const told = new WeakSet()
  process.on('unhandledRejection', (reason, promise) => {
    // Mocha emits each of them once more.
    if (told.has(promise)) return
    told.add(promise)
    const shown = inspect(reason)
    if (!isOfAPool(shown)) callback(shown)
  })
}

/** MariaDB's connector has nobody hear it when a connection is reset that its pool opens by itself. */
function isOfAPool(shown) {
  return shown.includes('ECONNRESET') && !shown.replaceAll(modules, '').includes(root)
}
