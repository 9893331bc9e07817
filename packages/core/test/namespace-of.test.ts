import assert from 'node:assert/strict'
import { deriveKey, isOfNamespace, nameOfKey, type SeenSession } from '@ormutex/core'
import fc from 'fast-check'

describe('the name behind a key', () => {
  it('is told where it can be proven', () => {
    for (const name of ['user:42', 'a', 'nightly-report', 'a.b_c:d-e', 'x'.repeat(31)]) {
      assert.equal(nameOfKey(deriveKey('shop', name), 'shop'), name)
    }
    assert.equal(nameOfKey(deriveKey('', 'user:42'), ''), 'user:42')
  })

  it('is not told where the key holds only part of it, or none', () => {
    for (const name of ['User:42', 'user:42 ', 'café', 'x'.repeat(32), 'a~b', '😀']) {
      assert.equal(nameOfKey(deriveKey('shop', name), 'shop'), undefined)
    }
    assert.equal(nameOfKey(deriveKey('shop', 'user:42', 's3cret'), 'shop', 's3cret'), undefined)
  })

  it('is not told for another namespace, with another secret, and for what is no key of ours', () => {
    assert.equal(nameOfKey(deriveKey('shop', 'user:42'), 'other'), undefined)
    assert.equal(nameOfKey(deriveKey('shop', 'user:42'), 'shop', 's3cret'), undefined)
    for (const key of ['', '~', 'user:42', '~abc', 'user:42~', 'it is anything']) {
      assert.equal(nameOfKey(key, 'shop'), undefined)
    }
  })

  it('is never another one', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, maxLength: 40 }), (name) => {
        const told = nameOfKey(deriveKey('shop', name), 'shop')
        assert.ok(told === undefined || told === name)
      }),
    )
  })
})

describe('the namespace of a lock that a server shows', () => {
  const own = deriveKey('shop', 'user:42')
  const veiled = deriveKey('shop', 'User 42')
  const of = (key: string, holder: SeenSession | null, ...waiters: SeenSession[]) =>
    isOfNamespace({ key, holder, waiters }, 'shop')

  it('is proven by a name, whoever has it', () => {
    assert.equal(of(own, { namespace: 'other', label: 'a' }), 'yes')
    assert.equal(of(own, null), 'yes')
  })

  it('is what the application of the holder gave, or of one that waits', () => {
    assert.equal(of(veiled, { namespace: 'shop', database: 'other' }), 'yes')
    assert.equal(of(veiled, { namespace: 'other', database: 'shop' }), 'no')
    assert.equal(of(veiled, { database: 'other' }, { namespace: 'shop' }), 'yes')
    assert.equal(of(veiled, null, { namespace: 'other' }), 'no')
  })

  it('is compared as far as connections carry it', () => {
    const long = '😀'.repeat(64)
    const lock = { key: veiled, holder: { namespace: long }, waiters: [] }
    assert.equal(isOfNamespace(lock, `${long}…`), 'yes')
    assert.equal(isOfNamespace(lock, `…${long}`), 'no')
  })

  it('is the current database where the application gave none', () => {
    assert.equal(of(veiled, { label: 'web-1', database: 'shop' }), 'yes')
    assert.equal(of(veiled, { label: 'web-1', database: 'other' }), 'no')
  })

  it('may be another one where only another database is shown, and is not known where nothing is', () => {
    assert.equal(of(veiled, { database: 'shop' }), 'yes')
    assert.equal(of(veiled, { database: 'other' }), 'unknown')
    assert.equal(of(veiled, null, {}), 'unknown')
    assert.equal(of('another program', {}), 'unknown')
  })
})
