import assert from 'node:assert/strict'
import type { Suite } from '../suite.js'
import { rejection } from '../support/rejection.js'

/** What JavaScript lets callers do, without the compiler between. */
type Loose = Record<string, (...values: unknown[]) => Promise<unknown>>

interface Mistake {
  readonly what: string
  readonly type: typeof TypeError | typeof RangeError
  /** What the message has to say: what was expected. */
  readonly expected: RegExp
}

const NAMES: readonly (Mistake & { readonly name: unknown })[] = [
  { what: 'an empty string', name: '', type: TypeError, expected: /non-empty string/ },
  { what: 'no string', name: 42, type: TypeError, expected: /string.*42/ },
  { what: 'missing', name: undefined, type: TypeError, expected: /string.*undefined/ },
  { what: 'null', name: null, type: TypeError, expected: /string.*null/ },
  { what: 'half of a surrogate pair', name: 'a\ud83d', type: TypeError, expected: /well-formed/ },
  { what: '1 025 characters', name: 'x'.repeat(1_025), type: RangeError, expected: /1024/ },
  {
    what: 'an object to be spliced into SQL',
    name: { toSqlString: () => 'SLEEP(9)' },
    type: TypeError,
    expected: /string/,
  },
  {
    what: 'an object that is a string to SQL',
    name: { a: 1, toString: () => 'x' },
    type: TypeError,
    expected: /string/,
  },
  { what: 'an empty array', name: [], type: TypeError, expected: /[Aa]t least one/ },
  { what: 'an array with something else in it', name: ['a', 7], type: TypeError, expected: /string/ },
]

const OPTIONS: readonly (Mistake & { readonly options: unknown })[] = [
  { what: 'timeoutMs NaN', options: { timeoutMs: NaN }, type: TypeError, expected: /timeoutMs/ },
  { what: 'timeoutMs negative', options: { timeoutMs: -1 }, type: RangeError, expected: /timeoutMs.*-1/ },
  { what: 'timeoutMs a string', options: { timeoutMs: '100' }, type: TypeError, expected: /timeoutMs.*number/ },
  { what: 'timeoutMs null', options: { timeoutMs: null }, type: TypeError, expected: /timeoutMs/ },
  { what: 'timeoutMs -Infinity', options: { timeoutMs: -Infinity }, type: RangeError, expected: /timeoutMs/ },
  { what: 'holdTimeoutMs 0', options: { holdTimeoutMs: 0 }, type: RangeError, expected: /holdTimeoutMs/ },
  { what: 'keepAliveMs negative', options: { keepAliveMs: -1 }, type: RangeError, expected: /keepAliveMs/ },
  { what: 'orphanTimeoutMs 999', options: { orphanTimeoutMs: 999 }, type: RangeError, expected: /orphanTimeoutMs/ },
  { what: 'orphanTimeoutMs 1500', options: { orphanTimeoutMs: 1_500 }, type: RangeError, expected: /orphanTimeoutMs/ },
  {
    what: 'orphanTimeoutMs Infinity',
    options: { orphanTimeoutMs: Infinity },
    type: RangeError,
    expected: /orphanTimeoutMs/,
  },
  { what: 'exactName a string', options: { exactName: 'yes' }, type: TypeError, expected: /exactName/ },
  { what: 'signal that is none', options: { signal: {} }, type: TypeError, expected: /AbortSignal/ },
  { what: 'signal a controller', options: { signal: new AbortController() }, type: TypeError, expected: /AbortSignal/ },
  { what: 'an option that is misspelt', options: { timeoutMS: 100 }, type: TypeError, expected: /timeoutMS/ },
  { what: 'options a number', options: 100, type: TypeError, expected: /options.*object/ },
  { what: 'options null', options: null, type: TypeError, expected: /options.*object/ },
]

const CALLBACKS: readonly (Mistake & { readonly callback: unknown })[] = [
  { what: 'missing', callback: undefined, type: TypeError, expected: /callback/ },
  { what: 'null', callback: null, type: TypeError, expected: /callback/ },
  { what: 'an object', callback: { timeoutMs: 5 }, type: TypeError, expected: /callback/ },
  { what: 'a promise', callback: Promise.resolve(), type: TypeError, expected: /callback/ },
]

const SETTINGS: readonly (Mistake & { readonly settings: unknown })[] = [
  { what: 'namespace a number', settings: { namespace: 1 }, type: TypeError, expected: /namespace/ },
  { what: 'namespace with NUL', settings: { namespace: 'a\0' }, type: TypeError, expected: /namespace/ },
  { what: 'an empty secret', settings: { secret: '' }, type: TypeError, expected: /secret/ },
  { what: 'maxWaiters 0', settings: { maxWaiters: 0 }, type: RangeError, expected: /maxWaiters/ },
  { what: 'maxWaiters a string', settings: { maxWaiters: '2' }, type: TypeError, expected: /maxWaiters/ },
  { what: 'label empty', settings: { label: '' }, type: RangeError, expected: /label/ },
  {
    what: 'a default that is wrong',
    settings: { defaults: { timeoutMs: -1 } },
    type: RangeError,
    expected: /timeoutMs/,
  },
  {
    what: 'a signal for every call',
    settings: { defaults: { signal: AbortSignal.abort() } },
    type: TypeError,
    expected: /signal/,
  },
  { what: 'a setting that is misspelt', settings: { nameSpace: 'a' }, type: TypeError, expected: /nameSpace/ },
]

function assertTold(error: unknown, { type, expected }: Mistake): void {
  assert.ok(error instanceof type, `Expected a ${type.name}, got ${String(error)}`)
  assert.match(error.message, expected)
}

/** Misuse is a TypeError or RangeError that says what was expected, before anything is sent. */
export function badInputCases<Tx>(suite: Suite<Tx>): void {
  suite.describe('misuse', () => {
    const callback = (): never => assert.fail('ran')

    /** Every one of the calls is refused, and nothing reaches the server: not even a connection is opened. */
    const refusing = (title: string, mistake: Mistake, calls: (locks: Loose) => readonly Promise<unknown>[]): void => {
      suite.it(`${title} ${mistake.what}: ${mistake.type.name}, and nothing is sent`, async (stage) => {
        const subject = await stage.open(suite.capabilities.server ? { through: 'faults' } : {})
        if (suite.capabilities.server) stage.environment.proxy.clear()
        for (const call of calls(subject.locks as unknown as Loose)) assertTold(await rejection(call), mistake)
        assert.equal(subject.connectionsInUse(), 0)
        if (suite.capabilities.server) assert.deepEqual(stage.environment.proxy.statements, [])
      })
    }

    for (const mistake of NAMES) {
      refusing('a name that is', mistake, (locks) => [
        locks['withNamedLock']!(mistake.name, callback),
        locks['tryWithNamedLock']!(mistake.name, callback),
        locks['acquireNamedLock']!(mistake.name),
        locks['tryAcquireNamedLock']!(mistake.name),
        ...(Array.isArray(mistake.name) ? [] : [locks['namedLockHolder']!(mistake.name)]),
      ])
    }
    for (const mistake of OPTIONS) {
      refusing('for options,', mistake, (locks) => [
        locks['withNamedLock']!('name', callback, mistake.options),
        locks['tryWithNamedLock']!('name', callback, mistake.options),
        locks['acquireNamedLock']!('name', mistake.options),
        locks['tryAcquireNamedLock']!('name', mistake.options),
      ])
    }
    for (const mistake of CALLBACKS) {
      refusing('a callback that is', mistake, (locks) => [
        locks['withNamedLock']!('name', mistake.callback),
        locks['tryWithNamedLock']!('name', mistake.callback),
      ])
    }
    for (const mistake of SETTINGS) {
      suite.it(`for settings, ${mistake.what}: ${mistake.type.name}`, async (stage) => {
        assertTold(await rejection(stage.open({ namedLocks: mistake.settings as object })), mistake)
      })
    }

    suite.it('no message holds the value that was given', async (stage) => {
      const { locks } = await stage.open()
      const secret = 'p4ssw0rd'
      const error = await rejection((locks as unknown as Loose)['withNamedLock']!('name', callback, { signal: secret }))
      assert.ok(!String(error).includes(secret), String(error))
    })
  })
}
