import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as core from '@ormutex/core'
import { memoryLocks } from '@ormutex/core/memory'
import { publicPackages, ROOT } from '@ormutex-test/packages/workspace'

/** Those that have locks on a database. */
const ADAPTERS = ['knex', 'mysql2', 'prisma', 'sequelize']

/** What is said in each of them stands in each of them alike. */
const SHARED_SECTIONS = ['## Errors', '## Node, TypeScript, Jest']

const readmeOf = (folder: string) => readFileSync(join(ROOT, 'packages', folder, 'README.md'), 'utf8')

/** From a heading to the next one or to the first code, where each goes its own way. */
function section(readme: string, heading: string): string {
  const rest = readme.slice(readme.indexOf(`\n${heading}\n`) + heading.length + 2)
  return rest.slice(0, rest.search(/\n(?:## |```)/)).trim()
}

/** What a message lists after "expected one of". */
function listed(attempt: () => unknown): string[] {
  try {
    attempt()
  } catch (error) {
    return (error as Error).message.split('expected one of ')[1]!.split(', ')
  }
  return assert.fail('Nothing was refused')
}

type ErrorClass = new (message: string, options: object) => core.OrmutexError

function isErrorClass(value: unknown): value is ErrorClass {
  return typeof value === 'function' && value.prototype instanceof core.OrmutexError
}

function codeOf(Class: ErrorClass): string {
  return new Class('', { reason: 'taken', holder: null }).code
}

const inOrder = (a: string, b: string) => a.localeCompare(b)

describe('The READMEs of the packages', () => {
  it('name every option of namedLocks() and of a call', () => {
    const settings = listed(() => memoryLocks({ nonsense: 1 } as object))
    const defaults = listed(() => memoryLocks({ defaults: { nonsense: 1 } as object }))
    assert.ok(settings.includes('namespace') && defaults.includes('timeoutMs'))
    for (const folder of ADAPTERS) {
      for (const option of [...settings, ...defaults, 'signal']) {
        assert.ok(readmeOf(folder).includes(`| \`${option}\``), `${folder}: ${option}`)
      }
    }
  })

  it('name every error code, and no other', () => {
    const exported: unknown[] = Object.values(core)
    const codes = exported.filter(isErrorClass).map(codeOf).toSorted(inOrder)
    assert.equal(codes.length, 9)
    for (const folder of ADAPTERS) {
      const named = [...section(readmeOf(folder), '## Errors').matchAll(/^\| `([A-Z_]+)`/gm)].map(([, code]) => code!)
      assert.deepEqual(named.toSorted(inOrder), codes, folder)
    }
  })

  it('say the same where they speak of the same', () => {
    for (const heading of SHARED_SECTIONS) {
      const [first, ...others] = ADAPTERS.map((folder) => section(readmeOf(folder), heading))
      assert.ok(first!.length > 200, heading)
      for (const other of others) assert.equal(other, first)
    }
  })

  it('say from which version on everything works', () => {
    for (const { manifest, folder } of publicPackages()) {
      const readme = readFileSync(join(folder, 'README.md'), 'utf8')
      assert.match(readme, /Node 20\.19 or later; of 22, 22\.12 or later/, manifest.name)
      for (const range of Object.values(manifest.peerDependencies ?? {})) {
        for (const [oldest] of range.matchAll(/\d+\.\d+\.\d+/g))
          assert.ok(readme.includes(oldest), `${manifest.name} ${oldest}`)
      }
    }
  })
})
