import assert from 'node:assert/strict'
import { printable } from '@ormutex/core'

describe('text of others', () => {
  it('is spelt out where it cannot be printed', () => {
    assert.equal(printable('a\u{1b}[2J\r\n\u{9b}1m\u{202e}b\u{0}'), 'a\\u{1b}[2J\\u{d}\\u{a}\\u{9b}1m\\u{202e}b\\u{0}')
    assert.equal(printable('\u{2028}\u{2029}\u{2066}\u{200b}\ud83d'), '\\u{2028}\\u{2029}\\u{2066}\\u{200b}\\u{d83d}')
  })

  it('is left as it is otherwise', () => {
    assert.equal(printable('Größe 日本語 😀'), 'Größe 日本語 😀')
  })
})
