import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { bareEnvironment } from '@ormutex-test/servers'
import { applyMutant, MUTANT_VARIABLE, UNAPPLIED_EXIT_CODE } from '@ormutex-test/torture/mutants/apply-mutant'
import { findMutant, MUTANTS } from '@ormutex-test/torture/mutants/catalogue'
import { editedModules } from '@ormutex-test/torture/mutants/edited-modules'

/** Makes a module of each source without linking or running it, and prints what does not parse. */
const PARSE = `
import { readFileSync } from 'node:fs'
import { SourceTextModule } from 'node:vm'
for (const [identifier, source] of JSON.parse(readFileSync(0, 'utf8'))) {
  try {
    new SourceTextModule(source, { identifier })
  } catch (error) {
    console.log(error.stack)
  }
}`

/** The module that the mutant `wall-clock-deadline` changes. */
const CLOCK = new URL('clock.js', import.meta.resolve('@ormutex/core')).href

/** Runs a module in a process that was started as a worker on a mutant is. */
function run(id: string, source: string, environment: NodeJS.ProcessEnv = {}): { status: number | null; out: string } {
  const { execArgv, env } = applyMutant(id)
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [...execArgv, '--input-type=module', '--eval', source],
    {
      env: { ...bareEnvironment(), ...env, ...environment },
      encoding: 'utf8',
    },
  )
  return { status, out: stdout + stderr }
}

describe('the mutants of the torture', () => {
  it('have ids of their own', () => {
    assert.equal(new Set(MUTANTS.map(({ id }) => id)).size, MUTANTS.length)
  })

  for (const mutant of MUTANTS) {
    it(`${mutant.id} applies to the library as it was built`, () => {
      assert.equal(editedModules(mutant).size, new Set(mutant.edits.map(({ module }) => module)).size)
    })
  }

  it('are modules that parse', () => {
    const sources = MUTANTS.flatMap((mutant) =>
      [...editedModules(mutant)].map(([url, source]) => [`${mutant.id}: ${url}`, source]),
    )
    const { stdout, status } = spawnSync(
      process.execPath,
      ['--experimental-vm-modules', '--input-type=module', '--eval', PARSE],
      {
        input: JSON.stringify(sources),
        encoding: 'utf8',
      },
    )
    assert.equal(stdout, '')
    assert.equal(status, 0)
  })

  it('are what a worker imports', () => {
    const print = `import { systemClock } from ${JSON.stringify(CLOCK)}; console.log(systemClock.now() > 1e12)`
    assert.deepEqual(run('wall-clock-deadline', print), { status: 0, out: 'true\n' })
    assert.deepEqual(run('token-repeated', print), { status: 0, out: 'false\n' })
  })

  it('end a worker that names none', () => {
    const { status, out } = run('wall-clock-deadline', "console.log('runs')", { [MUTANT_VARIABLE]: 'nobody' })
    assert.equal(status, UNAPPLIED_EXIT_CODE)
    assert.match(out, /RangeError: No mutant is called "nobody"/)
    assert.doesNotMatch(out, /runs/)
  })

  it('do not apply where an edit has no place, or two', () => {
    const mutant = findMutant('wall-clock-deadline')
    for (const find of ['nowhere to be found', 'Timer']) {
      const edits = [{ module: '@ormutex/core/dist/clock.js', find, replace: '' }]
      assert.throws(() => editedModules({ ...mutant, edits }), /occurs \d+ times in @ormutex\/core\/dist\/clock\.js/)
    }
  })
})
