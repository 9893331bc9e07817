import assert from 'node:assert/strict'
import { crowded } from '@ormutex-test/drawings/crowded'
import { bothOrders, oneConnection } from '@ormutex-test/drawings/drawings'
import { type Drawing, render, text } from '@ormutex-test/drawings/svg'
import { right, wrong } from './fixtures.js'

const count = (svg: string, what: string) => svg.split(`class="${what}"`).length - 1

const lightOf = (drawing: Drawing) => render(drawing)[0]!.svg

describe('the drawings of connections', () => {
  it('are drawn for light pages and for dark ones, with words for those who do not see them', () => {
    const [light, dark, ...others] = render(oneConnection(right, 'MySQL 9.7.4'))
    assert.deepEqual([light?.name, dark?.name], ['one-connection-light.svg', 'one-connection-dark.svg'])
    assert.deepEqual(others, [])
    assert.notEqual(light?.svg, dark?.svg)
    const words = (svg = '') => svg.match(/>[^<]+</g)
    assert.deepEqual(words(light?.svg), words(dark?.svg))
    assert.match(light?.svg ?? '', /^<svg [^>]*viewBox="0 0 560 \d+"[^>]* role="img"/)
    assert.match(light?.svg ?? '', /<title>One connection's life<\/title>/)
    assert.match(
      light?.svg ?? '',
      /<desc>connection 1: from the pool; connection 1: GET_LOCK → 1; .*back to the pool\./,
    )
  })

  it('show who has the lock, who waits for it, who is in a transaction, and to whom the lock goes', () => {
    const svg = lightOf(oneConnection(right, 'MySQL 9.7.4'))
    assert.deepEqual(
      ['lock', 'transaction', 'waits', 'hand-over', 'bad'].map((what) => count(svg, what)),
      [2, 2, 1, 1, 0],
    )
  })

  it('show both orders, what goes wrong in the one, and what the balance is after each', () => {
    const svg = lightOf(bothOrders(wrong, right, 'MySQL 9.7.4'))
    assert.deepEqual(
      ['lock', 'transaction', 'waits', 'hand-over', 'bad'].map((what) => count(svg, what)),
      [4, 4, 2, 2, 3],
    )
    const [, before = '', after = ''] = svg.split(/>(?:✗ Wrong|✓ Right): [ A-Z_a-z]+<\//)
    assert.match(before, />✗ The balance ends at 90, not 80: one is lost</)
    assert.match(after, />✓ The balance ends at 80</)
    assert.ok(!svg.includes('pool') && !svg.includes('callback'))
  })

  it('say what the balance is, whatever was to be shown', () => {
    const svg = lightOf(bothOrders(wrong, { ...right, balance: 70 }, 'MySQL 9.7.4'))
    assert.match(svg, />✗ The balance ends at 70, not 80: one is lost</)
  })

  it('have room for their words in any font', () => {
    for (const drawing of [oneConnection(right, 'MariaDB 10.11.19'), bothOrders(wrong, right, 'MariaDB 10.11.19')])
      for (const { svg } of render(drawing)) assert.deepEqual(crowded(svg), [])
  })

  it('are checked for that', () => {
    const drawing = {
      file: 'crowded',
      title: 'crowded',
      description: '',
      height: 50,
      shapes: () => [
        text('a line that reaches beyond the edge of the drawing on its right side', 16, 20),
        text('left of the edge', 8, 30, { 'text-anchor': 'end' }),
        text('one that is in the way', 16, 40),
        text('of another', 90, 40),
        text('alone', 300, 40),
      ],
    }
    for (const { svg } of render(drawing))
      assert.deepEqual(crowded(svg), [
        'a line that reaches beyond the edge of the drawing on its right side',
        'left of the edge',
        'one that is in the way',
      ])
  })
})
