import assert from 'node:assert/strict'
import { hostname } from 'node:os'
import { labelled } from '@ormutex/prisma'

/** The attributes in a connection string, and what is around them. */
function attributesOf(url: string): { readonly attributes: unknown; readonly others: string } {
  const others = url.replace(/connectAttributes=[^&]*/, '')
  const [, value] = /connectAttributes=([^&]*)/.exec(url)!
  return { attributes: JSON.parse(decodeURIComponent(value!)), others }
}

describe('labelled settings', () => {
  it('carry the label and the namespace, and by default what this process is called', () => {
    assert.deepEqual(labelled({ host: 'db' }, { label: 'web-1', namespace: 'shop' }), {
      host: 'db',
      connectAttributes: { ormutex_namespace: 'shop', ormutex_label: 'web-1' },
    })
    assert.deepEqual(labelled({}), { connectAttributes: { ormutex_label: `${hostname()}:${process.pid}` } })
  })

  it('keep the attributes that they had, and the object as it was', () => {
    const settings = { connectAttributes: { mine: 'yes' } }
    const connectAttributes = { mine: 'yes', ormutex_label: 'web-1' }
    assert.deepEqual(labelled(settings, { label: 'web-1' }), { connectAttributes })
    assert.deepEqual(settings, { connectAttributes: { mine: 'yes' } })
    const { attributes, others } = attributesOf(
      labelled(`mysql://db/shop?connectAttributes=${encodeURIComponent('{"mine":"yes"}')}&ssl=true`, {
        label: 'web-1',
      }),
    )
    assert.deepEqual(attributes, connectAttributes)
    assert.equal(others, 'mysql://db/shop?ssl=true&')
    const connector: object = { connectAttributes: true }
    assert.deepEqual(labelled(connector, { label: 'a' }), { connectAttributes: { ormutex_label: 'a' } })
  })

  it('leave the rest of a connection string as it is written', () => {
    const url = 'mysql://us%65r:p%40ss@[::1]:3306/shop'
    const { attributes, others } = attributesOf(labelled(url, { label: 'a b&c=+' }))
    assert.deepEqual(attributes, { ormutex_label: 'a b&c=+' })
    assert.equal(others, `${url}?`)
  })

  it('are made of settings alone, and do not repeat what they refuse', () => {
    const pool = { getConnection: () => {} }
    for (const wrong of [null, undefined, 7, pool] as unknown as object[]) {
      assert.throws(() => labelled(wrong), { name: 'TypeError', message: /^labelled\(\) needs the settings/ })
    }
    assert.throws(() => labelled(undefined as never), /got undefined: is an environment variable not set\?$/)
    assert.throws(
      () => labelled('mysql://u:secret@db/shop', { label: '' }),
      (error: Error) => {
        assert.ok(error instanceof RangeError && !error.message.includes('secret'))
        return true
      },
    )
    for (const namespace of [7, undefined]) {
      assert.throws(() => labelled({}, { namespace } as object), { name: 'TypeError' })
    }
  })
})
