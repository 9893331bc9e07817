import assert from 'node:assert/strict'
import { once } from 'node:events'
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { findPython, type Python, sharedServer } from '@ormutex-test/servers'
import { deriveKey, nameOfKey } from '@ormutex/core'
import { memoryLocks } from '@ormutex/core/memory'
import { namedLocks } from '@ormutex/mysql2'
import fc from 'fast-check'
import { createConnection, createPool } from 'mysql2/promise'
import { FLAVOURS } from './flavours.js'
import { code, Page } from './page.js'
import { ask, lines } from './programs.js'

const page = new Page('keys.md')

/** What a key is made of; the secret in hexadecimal, since it may be any bytes. */
interface Question {
  readonly namespace: string
  readonly name: string
  readonly secret: string | null
}

/** Answers each question with its key, or null where it is refused. */
const ANSWERING = `${page.marked('keys')}


import json
import sys


def answer(question):
    secret = question["secret"]
    try:
        return lock_key(question["namespace"], question["name"], None if secret is None else bytes.fromhex(secret))
    except ValueError:
        return None


print(json.dumps([answer(question) for question in json.load(sys.stdin)]))
`

/** A connection of the DB-API whose statements are sent by whoever reads its standard output. */
const TAKING = `${page.marked('taking')}


import json
import sys


def send(message):
    print(json.dumps(message), flush=True)
    return json.loads(sys.stdin.readline())


class Cursor:
    def execute(self, sql, args=()):
        self.row = send({"sql": sql.replace("%s", "?"), "args": args})

    def fetchone(self):
        return self.row


class Connection:
    def cursor(self):
        return Cursor()

    def commit(self):
        send({"sql": "COMMIT", "args": []})

    def rollback(self):
        send({"sql": "ROLLBACK", "args": []})


key, wait_seconds, outcome = sys.argv[1:]
try:
    with named_lock(Connection(), key, float(wait_seconds)):
        send({"inside": True})
        if outcome == "throws":
            raise RuntimeError("of the block")
    print(json.dumps({"end": "done"}))
except (TimeoutError, RuntimeError) as error:
    print(json.dumps({"end": type(error).__name__}))
`

/** Any string of JavaScript: halves of surrogate pairs, NUL, letters that fold to others, and what is far too long. */
const anyText = (least: number): fc.Arbitrary<string> =>
  fc.oneof(
    fc.string({ unit: 'grapheme', minLength: least, maxLength: 80 }),
    fc.string({ unit: 'binary', minLength: least, maxLength: 40 }),
    fc.string({
      unit: fc.constantFrom('A', 'z', 'É', 'ß', 'İ', '\u212a', '\0', ':', '~', ' ', '\u0301', '\ud83d', '\ude00', '😀'),
      minLength: least,
      maxLength: 50,
    }),
    fc.string({ unit: 'grapheme-ascii', minLength: 1_000, maxLength: 1_030 }),
  )

const questions: fc.Arbitrary<Question> = fc.record({
  namespace: fc.oneof(fc.constant('shop'), anyText(0)),
  name: anyText(1),
  secret: fc.option(fc.uint8Array({ minLength: 1, maxLength: 100 }).map((bytes) => Buffer.from(bytes).toString('hex'))),
})

/** The key that a lock of ormutex has; null where its name or namespace is refused. */
async function keyOf({ namespace, name, secret }: Question): Promise<string | null> {
  try {
    const options = { namespace, ...(secret === null ? {} : { secret: Buffer.from(secret, 'hex') }) }
    const lock = await memoryLocks(options).acquireNamedLock(name)
    await lock.release()
    return lock.key
  } catch (error) {
    assert.ok(error instanceof TypeError || error instanceof RangeError, String(error))
    return null
  }
}

describe('the page on keys', () => {
  let python: Python

  before(async function () {
    this.timeout(10 * 60_000)
    python = await findPython()
  })

  async function keysInPython(asked: readonly Question[]): Promise<(string | null)[]> {
    const { command, commandArguments, env } = python
    const answer = await ask(command, [...commandArguments, '-c', ANSWERING], JSON.stringify(asked), env)
    return JSON.parse(answer) as (string | null)[]
  }

  it('has vectors that are the keys, here and in Python', async () => {
    const vectors = page.rowsUnder('Vectors').map(([namespace = '', name = '', secret = '', key = '']) => ({
      namespace: code(namespace) ?? '',
      name: name.startsWith('200 ×') ? 'x'.repeat(200) : code(name)!,
      secret: code(secret) ?? null,
      key: code(key)!,
    }))
    assert.equal(vectors.length, 10)
    for (const { namespace, name, secret, key } of vectors) {
      assert.equal(deriveKey(namespace, name, secret ?? undefined), key)
    }
    const inPython = await keysInPython(
      vectors.map((vector) => ({
        ...vector,
        secret: vector.secret === null ? null : Buffer.from(vector.secret).toString('hex'),
      })),
    )
    assert.deepEqual(
      inPython,
      vectors.map(({ key }) => key),
    )
  })

  it('has a program in Python that gives 500 random names the keys of ormutex, and refuses what ormutex refuses', async () => {
    const asked = fc.sample(questions, { seed: 42, numRuns: 500 })
    const expected = await Promise.all(asked.map(keyOf))
    assert.deepEqual(await keysInPython(asked), expected)
    const refused = expected.filter((key) => key === null).length
    assert.ok(refused > 25 && refused < 475, `${refused} of 500 are refused`)
  })

  it('has an example whose steps are what they say', async () => {
    const steps = page.rowsUnder('An example, step by step').map(([, result = '']) => code(result))
    const [bytes = '', digest = '', first, base32, slug, key, withSecret] = steps
    const text = Buffer.from(bytes.replaceAll(' ', ''), 'hex')
    assert.equal(text.toString(), 'shop\0user:42')
    assert.equal(first, digest.slice(0, 40))
    assert.equal(key, `${slug}~${base32}`)
    assert.equal(key, deriveKey('shop', 'user:42'))
    assert.equal(withSecret, deriveKey('shop', 'user:42', 's3cret'))
    assert.equal(await ask('sha256sum', [], text.toString()), `${digest}  -`)
    assert.equal(await ask('sh', ['-c', page.marked('shell')]), base32)
  })

  it('says truly which keys tell their names', () => {
    assert.equal(nameOfKey(deriveKey('shop', 'user:42'), 'shop'), 'user:42')
    assert.equal(nameOfKey(deriveKey('shop', 'User:42'), 'shop'), undefined)
  })

  for (const flavour of FLAVOURS) {
    describe(`on ${flavour}`, () => {
      /** Runs the page's block on a connection of its own, and what is to happen while it is inside. */
      async function taken(
        key: string,
        { waitSeconds = 0, outcome = 'returns', inside = async () => {} } = {},
      ): Promise<{ readonly end: string; readonly statements: readonly string[] }> {
        const { host, port, user, password } = await sharedServer(flavour)
        const connection = await createConnection({ host, port, user, password, rowsAsArray: true })
        const { command, commandArguments, env } = python
        const child = spawn(command, [...commandArguments, '-c', TAKING, key, String(waitSeconds), outcome], {
          env,
          stdio: ['pipe', 'pipe', 'inherit'],
        })
        const statements: string[] = []
        try {
          for await (const line of createInterface({ input: child.stdout })) {
            const told = JSON.parse(line) as { sql?: string; args?: string[]; end?: string }
            if (told.end !== undefined) return { end: told.end, statements }
            let row: unknown = null
            if (told.sql === undefined) await inside()
            else {
              statements.push(told.sql)
              const [rows] = await connection.query(told.sql, told.args)
              row = Array.isArray(rows) ? rows[0] : null
            }
            child.stdin.write(`${JSON.stringify(row)}\n`)
          }
          throw new Error('the program has not told how it ended')
        } finally {
          child.stdin.end()
          if (child.exitCode === null) await once(child, 'exit')
          await connection.end()
        }
      }

      it('has a program in Python whose lock ormutex sees, and the other way round', async () => {
        const { host, port, user, password } = await sharedServer(flavour)
        const pool = createPool({ host, port, user, password, connectionLimit: 2 })
        try {
          const locks = namedLocks(pool, { namespace: 'shop' })
          const [key] = await keysInPython([{ namespace: 'shop', name: 'user:42', secret: null }])
          const free = lines('SELECT GET_LOCK(?, ?)', 'COMMIT', 'SELECT RELEASE_LOCK(?)')
          // Somebody who is on their way out may have it at first.
          for (const [outcome, waitSeconds] of [
            ['returns', 10],
            ['throws', 0],
          ] as const) {
            const { end, statements } = await taken(key!, {
              outcome,
              waitSeconds,
              inside: async () => assert.equal(await locks.tryAcquireNamedLock('user:42'), null),
            })
            assert.equal(end, outcome === 'throws' ? 'RuntimeError' : 'done')
            assert.equal(lines(...statements), outcome === 'throws' ? free.replace('COMMIT', 'ROLLBACK') : free)
          }
          await using _ = await locks.acquireNamedLock('user:42', { timeoutMs: 0 })
          // Less than 0 must not become a wait for ever, nor an answer without a lock.
          for (const waitSeconds of [0, -5]) {
            const { end } = await taken(key!, { waitSeconds, inside: () => assert.fail('both have it') })
            assert.equal(end, 'TimeoutError')
          }
        } finally {
          await pool.end()
        }
      })
    })
  }
})
