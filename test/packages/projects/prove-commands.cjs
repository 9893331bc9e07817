'use strict'
// That a command runs under a lock, and that nobody else has it meanwhile: each with this very Node.
const assert = require('node:assert/strict')
const { spawnSync } = require('node:child_process')
const path = require('node:path')

const ORMUTEX = [process.execPath, path.join(__dirname, 'node_modules/ormutex/bin/ormutex.js')]

/** What `ormutex run` ends with when somebody else has the lock. */
const TAKEN = 75

function proveCommands() {
  const run = (...command) => [...ORMUTEX, 'run', 'nightly', '--timeout', '0', '--', ...command]
  const [program, ...args] = run(...run(process.execPath, '--version'))
  const { status, stderr } = spawnSync(program, args, { encoding: 'utf8' })
  assert.equal(status, TAKEN, stderr)
  const [free, ...freeArgs] = run(process.execPath, '--version')
  const { stdout } = spawnSync(free, freeArgs, { encoding: 'utf8' })
  assert.equal(stdout.trim(), process.version)
}

module.exports = { proveCommands }
