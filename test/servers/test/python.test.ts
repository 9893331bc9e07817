import assert from 'node:assert/strict'
import { findPython, PYTHON_WAYS } from '@ormutex-test/servers/python'
import { fakePrograms } from './fake-programs.js'

describe('Python', () => {
  /** What is found on a PATH of shell scripts alone. */
  async function foundAmong(scripts: Record<string, string>): Promise<string> {
    const { folder, remove } = fakePrograms(scripts)
    try {
      const [onPath] = PYTHON_WAYS
      const { command, version } = await findPython({ env: { PATH: folder } }, [onPath!])
      return `${command.slice(folder.length + 1)} ${version}`
    } finally {
      remove()
    }
  }

  it('is one that runs what it is for', async () => {
    assert.equal(await foundAmong({ python3: 'exit 1', python: 'echo 3.9.1' }), 'python 3.9.1')
  })

  it('is missed with the reasons', async () => {
    await assert.rejects(foundAmong({ python3: 'echo no module named hashlib >&2; exit 1' }), (error: Error) => {
      assert.match(error.message, /no python to be had/)
      assert.match(error.message, /python3 does not run: .*exit code 1\n {2}no module named hashlib/s)
      return true
    })
    await assert.rejects(foundAmong({}), /python3 on PATH only: not found/)
  })
})
