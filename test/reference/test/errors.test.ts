import assert from 'node:assert/strict'
import * as core from '@ormutex/core'
import { LockTimeoutError, OrmutexError, type OrmutexErrorCode } from '@ormutex/core'
import { FLAVOURS } from './flavours.js'
import { code, Page } from './page.js'
import { MISUSES, PROVOCATIONS } from './provoked.js'
import { Scene } from './scene.js'

const page = new Page('errors.md')

/** Complete, or it does not compile. */
const CODES = Object.keys({
  LOCK_TIMEOUT: true,
  LOCK_LOST: true,
  LOCK_DEADLOCK: true,
  LOCK_REENTRY: true,
  LOCK_UNSUPPORTED: true,
  LOCK_NO_TRANSACTION: true,
  LOCK_FAILED: true,
  HOLD_TIMEOUT: true,
  COMMIT_UNKNOWN: true,
} satisfies Record<OrmutexErrorCode, true>)

type AnyOrmutexError = new (message: string, options: { reason: 'taken'; holder: null }) => OrmutexError

const errors = Object.entries(core)
  .filter(([, value]) => typeof value === 'function' && value.prototype instanceof OrmutexError)
  .map(([name, value]) => ({
    name,
    error: new (value as AnyOrmutexError)('of a test', { reason: 'taken', holder: null }),
  }))

/** An error as the page shows it. */
function shown(error: unknown): string {
  assert.ok(error instanceof Error)
  const told = [`${error.name}: ${error.message}`]
  const tell = (field: string, value: unknown): void => void told.push(`  ${field.padEnd(10)} ${String(value)}`)
  if (error instanceof OrmutexError) {
    tell('code', error.code)
    tell('retryable', error.retryable)
  }
  if (error instanceof LockTimeoutError) {
    tell('reason', error.reason)
    tell('holder', error.holder === null ? null : Object.keys(error.holder).join(', '))
  }
  if (error.cause !== undefined) tell('cause', (error.cause as { code?: unknown }).code)
  return told.join('\n')
}

/** What differs from one run to the next: who, which session, for how long, and which way a broken connection shows. */
function masked(text: string): string {
  return (
    text
      .replace(/session \d+/g, 'session N')
      .replace(/for [\d.]+ m?s\)/g, 'for T)')
      .replace(/no connection within \d+ ms/g, 'no connection within T')
      .replace(/\w+@[\d.]+/g, 'user@host')
      .replace(/cause {6}(E[A-Z]+|PROTOCOL_CONNECTION_LOST)$/gm, 'cause      of the connection')
      .replace('ER_USER_LOCK_DEADLOCK', 'ER_LOCK_DEADLOCK')
      // Which of two waits for each other is refused is the server's to choose.
      .replace('"user:41": the server refused', '"user:42": the server refused')
  )
}

describe('the page on errors', () => {
  it('has a section and a row for each code of the source, and no others', () => {
    const sections = [...page.sections(2).keys()].filter((heading) => /^[A-Z_]+$/.test(heading))
    assert.deepEqual(sections, CODES)
    const rows = page.rowsUnder('Errors').map(([first = '', second = '', , , again = '']) => ({
      code: code(first),
      link: /\(#(\w+)\)/.exec(first)?.[1],
      name: code(second),
      retryable: again.includes('retryable: true'),
    }))
    const expected = CODES.map((of) => {
      const found = errors.find(({ error }) => error.code === of)
      assert.ok(found !== undefined, of)
      const { error, name } = found
      assert.equal(error.name, name)
      return { code: of, link: of.toLowerCase(), name, retryable: error.retryable }
    })
    assert.deepEqual(rows, expected)
    assert.equal(errors.length, CODES.length)
  })

  it('says in each section when it comes, what is committed, what to do, and whether to try again', () => {
    for (const [heading, text] of page.sections(2)) {
      if (!CODES.includes(heading)) continue
      for (const part of ['When:', 'Committed?', 'What to do:', 'Try again?']) {
        assert.ok(text.includes(`- **${part}**`), `${heading} lacks ${part}`)
      }
      const codes = page.blocks(text).flatMap((block) => block.text.match(/^ {2}code +(\w+)$/m)?.[1] ?? [])
      assert.ok(codes.length > 0, `${heading} shows none`)
      for (const each of codes) assert.equal(each, heading)
    }
  })

  it('shows nothing that is not made here', () => {
    const marks = page.blocks().flatMap(({ mark }) => mark ?? [])
    assert.deepEqual(marks.toSorted(), [...Object.keys(PROVOCATIONS), 'misuse'].toSorted())
  })

  for (const flavour of FLAVOURS) {
    describe(`on ${flavour}`, () => {
      let scene: Scene

      beforeEach(async () => {
        scene = await Scene.on(flavour)
      })

      afterEach(() => scene.close())

      for (const [mark, provoke] of Object.entries(PROVOCATIONS)) {
        const only = / on (\w+)$/.exec(mark)?.[1]
        if (only !== undefined && only !== flavour) continue
        it(`shows what comes: ${mark}`, async () => {
          const error: unknown = await provoke(scene).then(
            () => assert.fail('nothing was thrown'),
            (thrown: unknown) => thrown,
          )
          assert.equal(masked(shown(error)), masked(page.marked(mark)))
        })
      }
    })
  }

  it('shows what misuse is answered with', async () => {
    const scene = await Scene.on('mysql')
    try {
      const told = await Promise.all(
        MISUSES.map(async (misuse) => {
          const [outcome] = await Promise.allSettled([misuse(scene.holder as never)])
          assert.equal(outcome.status, 'rejected')
          return shown(outcome.reason)
        }),
      )
      assert.equal(told.join('\n'), page.marked('misuse'))
    } finally {
      await scene.close()
    }
  })
})
