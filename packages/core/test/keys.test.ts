import assert from 'node:assert/strict'
import { deriveKey, isExactKey, MAX_KEY_LENGTH } from '@ormutex/core'
import fc from 'fast-check'

/** The contract's table: programs in other languages compute these same keys, so none of them may ever change. */
const GOLDEN: readonly (readonly [namespace: string, name: string, key: string, secret?: string])[] = [
  ['shop', 'user:42', 'user:42~gfbosbvfsgi6fzl3sijb7de3wkd3oz7q'],
  ['shop', 'User:42', 'user:42~3zsxr73ukmwwlxw52dv3dqbuajytehna'],
  ['shop', 'user:42 ', 'user:42_~7rxgczwulhs6qnpxxrjwrqqygsjiagx2'],
  ['', 'user:42', 'user:42~oilpibqv3vta4e5wnboxhn6cdlstsfal'],
  ['shop', 'caf\u00e9', 'caf_~qk7fzusqtyfprlci6gacjstvqghmbpwk'],
  ['shop', 'cafe\u0301', 'cafe_~idpj665gsyees47fu7uuatowz675kkcr'],
  ['shop', '😀', '_~sjh5ruji4i5lyilfsmxiedgrjo2rk7uh'],
  ['shop', 'a\0b', 'a_b~uw5movxwe5girguwhwgwi2naym6sdqat'],
  ['shop', 'x'.repeat(200), 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx~aaett2o6xwh33zy3phyxacmnvnixi742'],
  ['shop', 'user:42', 'ormutex~nuvow2ibuypvtxbvaj6mwjrzxdmfawrm', 's3cret'],
]

const wellFormed = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 80 })

describe('keys', () => {
  for (const [namespace, name, key, secret] of GOLDEN) {
    const title = name.length > 20 ? `${name.length} × x` : JSON.stringify(name)
    it(`derives ${key} from ${JSON.stringify(namespace)} and ${title}${secret === undefined ? '' : ' with a secret'}`, () => {
      assert.equal(deriveKey(namespace, name, secret), key)
    })
  }

  it('takes a secret as bytes, too', () => {
    assert.equal(deriveKey('shop', 'user:42', Buffer.from('s3cret')), deriveKey('shop', 'user:42', 's3cret'))
  })

  it('gives every name a key that both servers take as it is', () => {
    fc.assert(
      fc.property(wellFormed, wellFormed, (namespace, name) => {
        const key = deriveKey(namespace, name)
        assert.ok(key.length <= MAX_KEY_LENGTH)
        assert.ok(isExactKey(key), key)
      }),
    )
  })

  it('gives different names different keys, also when they differ only in what a server would fold', () => {
    fc.assert(
      fc.property(wellFormed, (name) => {
        const variants = [
          name,
          `${name} `,
          name.toUpperCase(),
          name.toLowerCase(),
          name.normalize('NFC'),
          name.normalize('NFD'),
          `${name}\0`,
        ]
        const distinct = new Set(variants)
        assert.equal(new Set([...distinct].map((variant) => deriveKey('shop', variant))).size, distinct.size)
      }),
    )
  })

  it('keeps the boundary between namespace and name', () => {
    assert.notEqual(deriveKey('ab', 'c'), deriveKey('a', 'bc'))
  })

  it('takes exact keys of 1 to 64 characters of [a-z0-9:._~-] and no others', () => {
    for (const key of ['a', 'user:42', 'a.b_c~d-e', 'x'.repeat(64)]) assert.equal(isExactKey(key), true, key)
    for (const key of ['', 'A', 'a b', "a'b", 'é', 'x'.repeat(65), 'a\n']) assert.equal(isExactKey(key), false, key)
  })
})
