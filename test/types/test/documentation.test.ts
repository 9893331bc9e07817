import assert from 'node:assert/strict'
import { isOrmutexError, LockFailedError, type OrmutexErrorCode } from '@ormutex/core'
import ts from 'typescript-5.9'
import { program } from './editor.js'
import { type PublicName, publicNames } from './public-names.js'

/** Longest documentation, in characters: an editor shows it in a small window. */
const LONGEST = 2_600

const CODE = /\b(?:LOCK|HOLD|COMMIT)_[A-Z_]+\b/g

/** Everything that is said of a name. */
function textOf({ documentation, tags }: PublicName): string {
  return [documentation, ...tags.map(({ name, text }) => `@${name} ${text}`)].join('\n')
}

function tagsOf({ tags }: PublicName, name: string): readonly string[] {
  return tags.filter((tag) => tag.name === name).map(({ text }) => text)
}

function isCode(code: string): code is OrmutexErrorCode {
  return isOrmutexError(Object.assign(new LockFailedError(''), { code }))
}

/** The names of which something is not said. */
function without(names: readonly PublicName[], isSaid: (name: PublicName) => boolean): readonly string[] {
  return names.filter((name) => !isSaid(name)).map(({ entry, path }) => `${entry} ${path}`)
}

describe('what an editor shows', () => {
  let names: readonly PublicName[]
  /** Options of calls, of `namedLocks()`, of everything that takes some. */
  let options: readonly PublicName[]

  before(function () {
    this.timeout(60_000)
    names = publicNames()
    options = names.filter(({ owner, type }) => /(?:Options|Config)$/.test(owner ?? '') && !type.startsWith('('))
  })

  it('says what every public name is', () => {
    assert.ok(names.length > 450, String(names.length))
    assert.equal(new Set(names.map(({ entry }) => entry)).size, 11)
    for (const path of [
      'withNamedLock',
      'LockTimeoutError.holder',
      'Clock.after',
      'Lock.token',
      'PrismaLocks.$mutex',
    ]) {
      assert.ok(
        names.some((name) => name.path.endsWith(path)),
        path,
      )
    }
    assert.deepEqual(
      without(names, ({ documentation }) => /\w/.test(documentation)),
      [],
    )
  })

  it('is short enough to be read there', () => {
    assert.deepEqual(
      without(names, (name) => textOf(name).length <= LONGEST),
      [],
    )
  })

  it('of an option says its default', () => {
    const optional = options.filter(
      ({ declaration }) => (declaration as ts.PropertySignature).questionToken !== undefined,
    )
    assert.ok(optional.length >= 25, String(optional.length))
    assert.deepEqual(
      without(optional, (name) => tagsOf(name, 'default').length === 1),
      [],
    )
  })

  it('of a number among the options says its unit and its range', () => {
    const numbers = options.filter(({ type }) => /\bnumber\b/.test(type))
    assert.ok(numbers.length >= 7, String(numbers.length))
    const range = /\b\d+ or more|more than \d|\d+ to\s+\d+|longest|\b0\b/i
    assert.deepEqual(
      without(numbers, ({ documentation }) => range.test(documentation)),
      [],
    )
    const unit = ({ path, documentation }: PublicName): boolean =>
      path.endsWith('Ms')
        ? documentation.includes('milliseconds')
        : /connections|milliseconds|seconds/.test(documentation)
    assert.deepEqual(without(numbers, unit), [])
  })

  it('of everything in milliseconds says so', () => {
    const durations = names.filter(({ path, type }) => path.endsWith('Ms') && /\bnumber\b/.test(type))
    assert.ok(durations.length >= 15, String(durations.length))
    assert.deepEqual(
      without(durations, ({ documentation }) => documentation.includes('milliseconds')),
      [],
    )
  })

  it('of what returns a promise says how that rejects', () => {
    const promising = names.filter(({ entry, returns }) => returns?.startsWith('Promise') && !entry.endsWith('testkit'))
    assert.ok(promising.length > 40, String(promising.length))
    assert.deepEqual(
      without(promising, (name) => tagsOf(name, 'throws').length > 0 || /\breject/i.test(textOf(name))),
      [],
    )
  })

  const waiting = ['LOCK_TIMEOUT', 'LOCK_REENTRY', 'LOCK_DEADLOCK', 'LOCK_UNSUPPORTED', 'LOCK_FAILED'] as const
  const holding = [...waiting, 'LOCK_LOST', 'HOLD_TIMEOUT'] as const
  const looking = ['LOCK_TIMEOUT', 'LOCK_UNSUPPORTED', 'LOCK_FAILED'] as const
  const committing = [...holding, 'COMMIT_UNKNOWN'] as const
  const rejections: Readonly<Record<string, readonly OrmutexErrorCode[]>> = {
    'NamedLocks.withNamedLock': [...committing, 'LOCK_NO_TRANSACTION'],
    'NamedLocks.tryWithNamedLock': [...committing, 'LOCK_NO_TRANSACTION'],
    'NamedLocks.acquireNamedLock': holding,
    'NamedLocks.tryAcquireNamedLock': waiting,
    'NamedLocks.namedLockHolder': looking,
    'NamedLocks.listNamedLocks': looking,
    'JoinedLocks.withNamedLock': holding,
    'JoinedLocks.tryWithNamedLock': holding.filter((code) => code !== 'LOCK_TIMEOUT'),
    'PrismaLocks.$mutex': committing,
    'PrismaLocks.$tryMutex': committing,
    'PrismaLocks.$acquireMutex': holding,
    'PrismaLocks.$tryAcquireMutex': waiting,
    'PrismaLocks.$mutexHolder': looking,
    'PrismaLocks.$mutexes': looking,
  }
  for (const [path, codes] of Object.entries(rejections)) {
    it(`of ${path} names the codes it rejects with, and an example`, () => {
      const name = names.find((each) => each.path === path)!
      const said = new Set(tagsOf(name, 'throws').join('\n').match(CODE))
      assert.deepEqual([...said].toSorted(), codes.toSorted())
      assert.equal(tagsOf(name, 'example').length, 1)
    })
  }

  it('knows no codes but those that there are, and says what each is', () => {
    for (const name of names) {
      for (const [code] of textOf(name).matchAll(CODE)) assert.ok(isCode(code), `${name.path}: ${code}`)
    }
    const codes = names.find(({ path }) => path === 'OrmutexErrorCode')!.documentation.match(CODE)!
    assert.equal(new Set(codes).size, 9)
    for (const code of codes) {
      assert.ok(
        names.some(({ documentation }) => documentation.startsWith(`\`${code}\`: `)),
        code,
      )
    }
  })

  it('has an example of what an application begins with', () => {
    const beginnings = [
      'namedLocks',
      'memoryLocks',
      'lockOn',
      'lockable',
      'labelled',
      'isOrmutexError',
      'surveyLocks',
      'conformance',
    ]
    for (const beginning of [
      ...beginnings,
      'OrmutexInstrumentation',
      'AcquireMessage',
      'hashOfKey',
      'nameOfKey',
      'deriveKey',
    ]) {
      const found = names.filter(({ path }) => path === beginning)
      assert.ok(found.length > 0, beginning)
      assert.deepEqual(
        without(found, (name) => tagsOf(name, 'example').length > 0),
        [],
      )
    }
  })

  it('links to names that there are, and that users can import', () => {
    const checker = program().getTypeChecker()
    const exported = new Set(names.map(({ path }) => path))
    let links = 0
    const check = (comment: string | ts.NodeArray<ts.JSDocComment> | undefined, path: string): void => {
      if (comment === undefined || typeof comment === 'string') return
      for (const part of comment) {
        if (!ts.isJSDocLink(part)) continue
        links += 1
        const symbol = part.name && checker.getSymbolAtLocation(part.name)
        const target = symbol && symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol
        assert.ok(target !== undefined && exported.has(target.name), `${path}: {@link ${part.name?.getText() ?? ''}}`)
      }
    }
    for (const { declaration, path } of names) {
      for (const comment of ts.getJSDocCommentsAndTags(declaration)) {
        check(comment.comment, path)
        if (ts.isJSDoc(comment)) for (const tag of comment.tags ?? []) check(tag.comment, path)
      }
    }
    assert.ok(links > 10, String(links))
  })
})
