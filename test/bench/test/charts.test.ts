import assert from 'node:assert/strict'
import { renderChart } from '@ormutex-test/bench/report/charts'

const chart = {
  file: 'throughput',
  title: 'Operations per second',
  x: { name: 'contenders', values: [1, 2, 4] },
  y: { name: 'more is better', unit: 'per second' },
  lines: [
    { name: 'one & only', family: 'one', isDashed: false, values: [1_000, 20_000, 300_000] },
    { name: 'other', family: 'other', isDashed: true, values: [10, undefined, 30] },
  ],
} as const

describe("the benchmark's charts", () => {
  it('are drawn for light pages and for dark ones', () => {
    const files = renderChart(chart)
    assert.deepEqual(
      files.map(({ name }) => name),
      ['throughput-light.svg', 'throughput-dark.svg'],
    )
    for (const { svg } of files) {
      assert.match(svg, /^<svg .*viewBox="0 0 \d+ \d+"/)
      for (const shown of ['Operations per second', 'one &amp; only', 'other', '100k', 'contenders'])
        assert.ok(svg.includes(`>${shown}<`), shown)
    }
    assert.notEqual(files[0]?.svg, files[1]?.svg)
  })

  it('are not drawn with lines of two families that look alike', () => {
    const families = Array.from({ length: 10 }, (_, index) => String(index))
    const lines = families.map((family) => ({ name: family, family, isDashed: false, values: [1, 2, 3] }))
    assert.throws(() => renderChart({ ...chart, lines }), RangeError)
    assert.equal(renderChart({ ...chart, lines: lines.slice(1) }).length, 2)
  })
})
