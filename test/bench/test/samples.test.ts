import assert from 'node:assert/strict'
import { duration, ratio, spreadText, wholeNumber } from '@ormutex-test/bench/report/figures'
import { judge, judgeRatio, limitText } from '@ormutex-test/bench/report/judge'
import { Samples, spreadOf } from '@ormutex-test/bench/samples'

function samplesOf(values: Record<string, readonly number[]>): Samples {
  const samples = new Samples('scenario')
  for (const [contender, ofRounds] of Object.entries(values))
    ofRounds.forEach((value, round) => samples.add({ contender, variant: '', round, values: { p50: value } }))
  return samples
}

describe("the benchmark's figures", () => {
  it('are a median with the rounds around it', () => {
    assert.deepEqual(spreadOf([3, 1, 2]), { median: 2, least: 1, most: 3 })
    assert.deepEqual(spreadOf([4, 1, 2, 3]), { median: 2.5, least: 1, most: 4 })
    assert.equal(spreadOf([]), undefined)
  })

  it('compare two within the same round, so that what slows both is in neither', () => {
    const samples = samplesOf({ one: [2, 20, 200], other: [1, 10, 100] })
    const which = (contender: string) => ({ contender, value: 'p50' })
    assert.deepEqual(samples.ratio(which('one'), which('other')), { median: 2, least: 2, most: 2 })
    assert.equal(samples.ratio(which('one'), which('nobody')), undefined)
  })

  it('count failures over all rounds', () => {
    assert.equal(samplesOf({ one: [1, 0, 2] }).sum({ contender: 'one', value: 'p50' }), 3)
  })

  it('are shown with three digits', () => {
    assert.deepEqual([0.0123, 0.456, 7.891, 1_234].map(duration), ['12.3 µs', '456 µs', '7.89 ms', '1.23 s'])
    assert.deepEqual([1.1, 15, 0.01, 1 / 172, 153].map(ratio), ['1.10', '15', '1/100', '1/172', '153'])
    assert.equal(spreadText({ median: 2, least: 1, most: 3 }, duration), '2.00 ms (1.00–3.00 ms)')
    assert.equal(spreadText({ median: 153_000, least: 153_000, most: 153_000 }, wholeNumber), '153 000')
    assert.equal(spreadText(undefined, duration), '–')
  })

  it('are held against their limits', () => {
    const spread = { median: 1.1, least: 1.05, most: 1.3 }
    assert.deepEqual(judgeRatio('Knex', spread, { most: 1.1 }), {
      orm: 'Knex',
      found: '1.10 (1.05–1.30)',
      isMet: true,
    })
    assert.equal(judgeRatio('Knex', spread, { least: 1.2 }).isMet, false)
    assert.equal(judgeRatio('Knex', undefined, { most: 1.1 }).isMet, false)
    const worst = { format: wholeNumber, by: ({ most }: { most: number }) => most }
    assert.equal(judge('Knex', spread, { most: 1.1 }, worst).isMet, false)
    assert.equal(limitText({ most: 1 / 100 }), '≤ 1/100')
    assert.equal(limitText({ least: 15 }), '≥ 15')
  })
})
